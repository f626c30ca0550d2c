import type { App } from '#platform/http/app';
import { presentCursorPage, sliceRequest } from '../wire/cursor-page.schemas.ts';
import { assertOurChunking, type ChunkingSettings } from './chunking.ts';
import {
  presentVectorStore,
  VectorStoreCreate,
  VectorStoreDeletedResponse,
  VectorStoreFilter,
  vectorStoreId,
  VectorStoreListResponse,
  VectorStoreParams,
  VectorStoreResponse,
  VectorStoreUpdate,
} from './vector-stores.schemas.ts';
import type { VectorStoreService } from './vector-stores.service.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const createVectorStore = {
  schema: {
    operationId: 'createOpenAiVectorStore',
    summary: 'Create a vector store, which is a project',
    tags,
    body: VectorStoreCreate,
    response: { 200: VectorStoreResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listVectorStores = {
  schema: {
    operationId: 'listOpenAiVectorStores',
    summary: 'List the vector stores, which are the projects of the team',
    tags,
    querystring: VectorStoreFilter,
    response: { 200: VectorStoreListResponse },
  },
  config,
};
const readVectorStore = {
  schema: {
    operationId: 'getOpenAiVectorStore',
    summary: 'Read a vector store with the counts of its files',
    tags,
    params: VectorStoreParams,
    response: { 200: VectorStoreResponse },
  },
  config,
};
const updateVectorStore = {
  schema: {
    operationId: 'updateOpenAiVectorStore',
    summary: 'Change the name or the metadata of a vector store',
    tags,
    params: VectorStoreParams,
    body: VectorStoreUpdate,
    response: { 200: VectorStoreResponse },
  },
  config,
};
const deleteVectorStore = {
  schema: {
    operationId: 'deleteOpenAiVectorStore',
    summary: 'Move a vector store to the trash; its files stay',
    tags,
    params: VectorStoreParams,
    response: { 200: VectorStoreDeletedResponse },
  },
  config,
};

export function registerVectorStoreRoutes(
  app: App,
  {
    vectorStores,
    settings,
  }: { readonly vectorStores: VectorStoreService; readonly settings: ChunkingSettings },
): void {
  app.post('/vector_stores', createVectorStore, async (request) => {
    const { name, description, file_ids: fileIds = [], metadata } = request.body;
    assertOurChunking(request.body.chunking_strategy, settings);
    const created = await vectorStores.create(request.actor, {
      name: name ?? undefined,
      description: description ?? null,
      metadata: metadata ?? {},
      fileIds,
    });
    return presentVectorStore(created);
  });

  app.get('/vector_stores', listVectorStores, async (request) => {
    const stores = await vectorStores.slice(request.actor, sliceRequest(request.query));
    return presentCursorPage(stores, request.query, presentVectorStore);
  });

  app.get('/vector_stores/:vector_store_id', readVectorStore, async (request) =>
    presentVectorStore(
      await vectorStores.get(request.actor, { id: request.params.vector_store_id }),
    ),
  );

  app.post('/vector_stores/:vector_store_id', updateVectorStore, async (request) => {
    const { name, metadata } = request.body;
    const changes = {
      id: request.params.vector_store_id,
      name: name ?? undefined,
      metadata: metadata === null ? {} : metadata,
    };
    return presentVectorStore(await vectorStores.update(request.actor, changes));
  });

  app.delete('/vector_stores/:vector_store_id', deleteVectorStore, async (request) => {
    const id = request.params.vector_store_id;
    await vectorStores.remove(request.actor, { id });
    return {
      id: vectorStoreId(id),
      object: 'vector_store.deleted' as const,
      deleted: true as const,
    };
  });
}
