import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import {
  presentStoreSearch,
  readSearch,
  VectorStoreSearch,
  VectorStoreSearchResponse,
} from './search.schemas.ts';
import type { StoreSearchService } from './store-search.service.ts';
import { VectorStoreParams } from './vector-stores.schemas.ts';

const searchVectorStore = {
  schema: {
    operationId: 'searchOpenAiVectorStore',
    summary: 'Find the passages of a vector store that answer a query',
    tags: ['openai'],
    params: VectorStoreParams,
    body: VectorStoreSearch,
    response: { 200: VectorStoreSearchResponse },
  },
  config: { access: 'user', keyScope: 'read' },
} as const;

export function registerVectorStoreSearchRoutes(
  app: App,
  { storeSearch }: { readonly storeSearch: StoreSearchService },
): void {
  app.post('/vector_stores/:vector_store_id/search', searchVectorStore, async (request, reply) => {
    const input = { projectId: request.params.vector_store_id, ...readSearch(request.body) };
    return presentStoreSearch(await storeSearch.search(request.actor, input, callerSignal(reply)));
  });
}
