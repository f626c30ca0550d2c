import type { DocumentBatchService } from '#modules/knowledge';
import type { App } from '#platform/http/app';
import { presentCursorPage, sliceRequest } from '../wire/cursor-page.schemas.ts';
import { assertOurChunking, type ChunkingSettings } from './chunking.ts';
import {
  FileBatchCreate,
  FileBatchParams,
  FileBatchResponse,
  presentFileBatch,
  presentVectorStoreFile,
  readBatchFiles,
  VectorStoreFileFilter,
  VectorStoreFileListResponse,
} from './vector-store-files.schemas.ts';
import { VectorStoreParams } from './vector-stores.schemas.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const createBatch = {
  schema: {
    operationId: 'createOpenAiFileBatch',
    summary: 'Make files searchable in a vector store together',
    tags,
    params: VectorStoreParams,
    body: FileBatchCreate,
    response: { 200: FileBatchResponse },
  },
  config: { ...config, isIdempotent: true },
};
const readBatch = {
  schema: {
    operationId: 'getOpenAiFileBatch',
    summary: 'Read what became of the files of a batch',
    tags,
    params: FileBatchParams,
    response: { 200: FileBatchResponse },
  },
  config,
};
const cancelBatch = {
  schema: {
    operationId: 'cancelOpenAiFileBatch',
    summary: 'Call off what of a batch is not searchable yet',
    tags,
    params: FileBatchParams,
    response: { 200: FileBatchResponse },
  },
  config,
};
const listBatchFiles = {
  schema: {
    operationId: 'listOpenAiFileBatchFiles',
    summary: 'List the files of a batch',
    tags,
    params: FileBatchParams,
    querystring: VectorStoreFileFilter,
    response: { 200: VectorStoreFileListResponse },
  },
  config,
};

export function registerFileBatchRoutes(
  app: App,
  {
    batches,
    settings,
  }: { readonly batches: DocumentBatchService; readonly settings: ChunkingSettings },
): void {
  app.post('/vector_stores/:vector_store_id/file_batches', createBatch, async (request) => {
    const { chunking_strategy: chunking, files = [] } = request.body;
    for (const strategy of [chunking, ...files.map((file) => file.chunking_strategy)])
      assertOurChunking(strategy, settings);
    const projectId = request.params.vector_store_id;
    const input = { projectId, files: readBatchFiles(request.body) };
    return presentFileBatch(await batches.create(request.actor, input));
  });

  app.get('/vector_stores/:vector_store_id/file_batches/:batch_id', readBatch, async (request) =>
    presentFileBatch(await batches.get(request.actor, keyOf(request.params))),
  );

  app.post(
    '/vector_stores/:vector_store_id/file_batches/:batch_id/cancel',
    cancelBatch,
    async (request) => presentFileBatch(await batches.cancel(request.actor, keyOf(request.params))),
  );

  app.get(
    '/vector_stores/:vector_store_id/file_batches/:batch_id/files',
    listBatchFiles,
    async (request) => {
      const { projectId, id: batchId } = keyOf(request.params);
      const { filter: state } = request.query;
      const slice = { ...sliceRequest(request.query), projectId, batchId, state };
      const files = await batches.listFiles(request.actor, slice);
      return presentCursorPage(files, request.query, (file) =>
        presentVectorStoreFile(file, settings),
      );
    },
  );
}

function keyOf({ vector_store_id: projectId, batch_id: id }: FileBatchKey) {
  return { projectId, id };
}

type FileBatchKey = (typeof FileBatchParams)['_output'];
