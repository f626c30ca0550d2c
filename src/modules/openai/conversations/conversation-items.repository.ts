import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { createUserRows } from '#platform/db/user-rows';
import { newId, type ConversationId, type ConversationItemId, type UserId } from '#shared/ids';
import type { ConversationItem } from '../items/stored-item.ts';

type Whose = { readonly conversationId: ConversationId; readonly userId: UserId };

export type ItemSlice = {
  readonly limit: number;
  readonly direction: 'asc' | 'desc';
  /** Those that come after this one, in that direction. */
  readonly afterId?: string | undefined;
};

export type ConversationItemsRepository = ReturnType<typeof createConversationItemsRepository>;

export function createConversationItemsRepository(queries: Queries) {
  const itemsOf = (conversationId: ConversationId) =>
    queries.selectFrom('conversation_items').where('conversation_id', '=', conversationId);

  return {
    /** Those that are there already stay where they are; in a conversation that is gone there will be none. */
    async append(
      { conversationId, userId }: Whose,
      items: readonly ConversationItem[],
    ): Promise<void> {
      const rowIds = items.map(() => newId<ConversationItemId>());
      const itemIds = items.map(({ id }) => id);
      const texts = items.map((item) => JSON.stringify(item));
      await sql`
        with conversation as (
          select id, team_id, user_id from conversations
          where id = ${conversationId} and user_id = ${userId} for update
        )
        insert into conversation_items (id, team_id, user_id, conversation_id, item_id, item)
        select added.id, conversation.team_id, conversation.user_id, conversation.id,
          added.item_id, added.item::json
        from conversation, unnest(${rowIds}::uuid[], ${itemIds}::text[], ${texts}::text[])
          with ordinality as added (id, item_id, item, place)
        order by added.place
        on conflict (conversation_id, item_id) do nothing
      `.execute(queries);
    },

    async list(
      conversationId: ConversationId,
      { limit, direction, afterId }: ItemSlice,
    ): Promise<readonly ConversationItem[]> {
      const items = itemsOf(conversationId);
      const rest =
        afterId === undefined
          ? items
          : items.where(
              'position',
              direction === 'asc' ? '>' : '<',
              itemsOf(conversationId).select('position').where('item_id', '=', afterId),
            );
      const rows = await rest
        .select('item')
        .orderBy('position', direction)
        .limit(limit)
        .$castTo<{ readonly item: ConversationItem }>()
        .execute();
      return rows.map(({ item }) => item);
    },

    async find(
      conversationId: ConversationId,
      itemId: string,
    ): Promise<ConversationItem | undefined> {
      const row = await itemsOf(conversationId)
        .select('item')
        .where('item_id', '=', itemId)
        .$castTo<{ readonly item: ConversationItem }>()
        .executeTakeFirst();
      return row?.item;
    },

    async count(conversationId: ConversationId): Promise<number> {
      const { total } = await itemsOf(conversationId)
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },

    async remove(conversationId: ConversationId, itemId: string): Promise<boolean> {
      const { numDeletedRows } = await queries
        .deleteFrom('conversation_items')
        .where('conversation_id', '=', conversationId)
        .where('item_id', '=', itemId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    ...createUserRows(queries, 'conversation_items'),
  };
}
