import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, invalid, notFound } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import { newId, type ConversationId } from '#shared/ids';
import type { ConversationItem, StoredItem } from '../items/stored-item.ts';
import type { ConversationItemsRepository, ItemSlice } from './conversation-items.repository.ts';
import type {
  Conversation,
  ConversationsRepository,
  Metadata,
} from './conversations.repository.ts';

export type ConversationStore = {
  readonly conversations: ConversationsRepository;
  readonly items: ConversationItemsRepository;
};

type Id = { readonly id: ConversationId };
type ItemId = Id & { readonly itemId: string };
type Creation = { readonly metadata: Metadata; readonly items: readonly StoredItem[] };

export type ConversationService = ReturnType<typeof createConversationService>;

/** As many as a request may have for its input. */
const MAX_ITEMS = 2000;

/** What was said, kept until its user deletes it. A conversation is its maker's alone. */
export function createConversationService(unitOfWork: UnitOfWork<ConversationStore>) {
  /** Runs `work` where the conversation is the actor's. */
  function within<T>(
    { teamId, userId }: Actor,
    id: ConversationId,
    work: (store: ConversationStore, conversation: Conversation) => Promise<T>,
  ): Promise<T> {
    return unitOfWork.run(teamScope(teamId), async (store) => {
      const conversation = await store.conversations.find(id, userId);
      if (!conversation) throw unknown(id);
      return work(store, conversation);
    });
  }

  return {
    /** @throws FORBIDDEN */
    async create(actor: Actor, { metadata, items }: Creation): Promise<Conversation> {
      assertAllowed(actor, 'chat.write');
      const { teamId, userId } = actor;
      const id = newId<ConversationId>();
      return unitOfWork.run(teamScope(teamId), async (store) => {
        const conversation = await store.conversations.insert({ id, teamId, userId, metadata });
        await store.items.append({ conversationId: id, userId }, items);
        return conversation;
      });
    },

    /** @throws NOT_FOUND */
    get: (actor: Actor, { id }: Id): Promise<Conversation> =>
      within(actor, id, async (_store, conversation) => conversation),

    /** @throws FORBIDDEN, NOT_FOUND */
    async setMetadata(actor: Actor, { id, metadata }: Id & { readonly metadata: Metadata }) {
      assertAllowed(actor, 'chat.write');
      const { teamId, userId } = actor;
      const updated = await unitOfWork.run(teamScope(teamId), ({ conversations }) =>
        conversations.setMetadata({ id, userId }, metadata),
      );
      if (!updated) throw unknown(id);
      return updated;
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async remove(actor: Actor, { id }: Id): Promise<void> {
      assertAllowed(actor, 'chat.write');
      const { teamId, userId } = actor;
      const isRemoved = await unitOfWork.run(teamScope(teamId), ({ conversations }) =>
        conversations.remove(id, userId),
      );
      if (!isRemoved) throw unknown(id);
    },

    /**
     * Adds items at the end.
     * @throws FORBIDDEN, NOT_FOUND, BAD_REQUEST where it is full
     */
    async addItems(actor: Actor, { id, items }: Id & Pick<Creation, 'items'>): Promise<void> {
      assertAllowed(actor, 'chat.write');
      await within(actor, id, async (store) => {
        assertRoom((await store.items.count(id)) + items.length);
        await store.items.append({ conversationId: id, userId: actor.userId }, items);
      });
    },

    /** @throws NOT_FOUND, VALIDATION_ERROR */
    listItems: (actor: Actor, { id, ...slice }: Id & ItemSlice) =>
      within(actor, id, async ({ items }) => {
        const { afterId } = slice;
        if (afterId !== undefined && !(await items.find(id, afterId))) throw unknownPlace(afterId);
        return items.list(id, slice);
      }),

    /** @throws NOT_FOUND */
    getItem: (actor: Actor, { id, itemId }: ItemId): Promise<ConversationItem> =>
      within(actor, id, async ({ items }) => {
        const item = await items.find(id, itemId);
        if (!item) throw notFound('item', itemId);
        return item;
      }),

    /**
     * Tells the conversation that the item was in.
     * @throws FORBIDDEN, NOT_FOUND
     */
    async removeItem(actor: Actor, { id, itemId }: ItemId): Promise<Conversation> {
      assertAllowed(actor, 'chat.write');
      return within(actor, id, async ({ items }, conversation) => {
        if (!(await items.remove(id, itemId))) throw notFound('item', itemId);
        return conversation;
      });
    },

    /**
     * All that was said in a conversation that has room for so many more items.
     * @throws NOT_FOUND, BAD_REQUEST where it is full
     */
    readWithRoom: (actor: Actor, { id, room }: Id & { readonly room: number }) =>
      within(actor, id, async ({ items }) => {
        const said = await items.list(id, { limit: MAX_ITEMS, direction: 'asc' });
        assertRoom(said.length + room);
        return said;
      }),
  };
}

function assertRoom(count: number): void {
  if (count <= MAX_ITEMS) return;
  const message = `A conversation has room for ${MAX_ITEMS} items: begin another`;
  throw new AppError('bad_request', message, { reason: 'conversation.full' });
}

function unknown(id: ConversationId): AppError {
  return notFound('conversation', `conv_${id}`);
}

function unknownPlace(itemId: string): AppError {
  return invalid([{ field: 'after', message: `There is no item "${itemId}"` }]);
}
