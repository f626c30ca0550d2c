import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import { newId, type StoreItemId, type TeamId } from '#shared/ids';
import type {
  ItemKey,
  ItemSearch,
  NamespaceSearch,
  StoreItem,
  StoreItemsRepository,
} from './store-items.repository.ts';

export type StoreService = ReturnType<typeof createStoreService>;

export type StoreServiceDependencies = {
  readonly itemsOf: (teamId: TeamId) => StoreItemsRepository;
};

/** What programs keep for a user beyond threads. */
export function createStoreService({ itemsOf }: StoreServiceDependencies) {
  return {
    /** @throws FORBIDDEN for a viewer */
    async put(actor: Actor, item: ItemKey & Pick<StoreItem, 'value'>): Promise<void> {
      assertAllowed(actor, 'chat.write');
      const { teamId, userId } = actor;
      await itemsOf(teamId).put({ ...item, id: newId<StoreItemId>(), teamId, userId });
    },

    find: ({ teamId, userId }: Actor, key: ItemKey) => itemsOf(teamId).find(userId, key),

    /** Nothing happens where it is not there. @throws FORBIDDEN for a viewer */
    async remove(actor: Actor, key: ItemKey): Promise<void> {
      assertAllowed(actor, 'chat.write');
      await itemsOf(actor.teamId).remove(actor.userId, key);
    },

    search: ({ teamId, userId }: Actor, search: ItemSearch) =>
      itemsOf(teamId).search(userId, search),

    listNamespaces: ({ teamId, userId }: Actor, search: NamespaceSearch) =>
      itemsOf(teamId).listNamespaces(userId, search),
  };
}
