import { createOwnRowsEraser, createOwnRowsExporter } from '#modules/identity';
import type { Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { TeamId } from '#shared/ids';
import { createStoreItemsRepository } from './store-items.repository.ts';
import { registerStoreRoutes } from './store.routes.ts';
import { createStoreService } from './store.service.ts';

const ERASE_BATCH = 500;

/** Items that programs keep by namespaces. */
export function createStorePart({ database }: { readonly database: Database }) {
  const itemsOf = (teamId: TeamId) => createStoreItemsRepository(database.forTeam(teamId));
  const allItems = () => createStoreItemsRepository(database.forSystem());
  const store = createStoreService({ itemsOf });
  return {
    userEraser: createOwnRowsEraser([{ table: 'store_items', rows: allItems, batch: ERASE_BATCH }]),
    userExporter: createOwnRowsExporter([{ name: 'store-items.jsonl', rowsOf: itemsOf }]),
    registerRoutes: (app: App) => registerStoreRoutes(app, { store }),
  };
}
