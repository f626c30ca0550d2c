import { Readable } from 'node:stream';
import type { ProjectFileService } from '#modules/knowledge';
import type { App } from '#platform/http/app';
import { openAiFileId } from '../files/files.schemas.ts';
import { presentCursorPage, sliceRequest } from '../wire/cursor-page.schemas.ts';
import { assertOurChunking, type ChunkingSettings } from './chunking.ts';
import {
  presentVectorStoreFile,
  VectorStoreFileContentResponse,
  VectorStoreFileCreate,
  VectorStoreFileDeletedResponse,
  VectorStoreFileFilter,
  VectorStoreFileListResponse,
  VectorStoreFileParams,
  VectorStoreFileResponse,
  VectorStoreFileUpdate,
} from './vector-store-files.schemas.ts';
import { VectorStoreParams } from './vector-stores.schemas.ts';
import { writeTextPage } from './write-text-page.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const addFile = {
  schema: {
    operationId: 'addOpenAiVectorStoreFile',
    summary: 'Make a file searchable in a vector store',
    tags,
    params: VectorStoreParams,
    body: VectorStoreFileCreate,
    response: { 200: VectorStoreFileResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listFiles = {
  schema: {
    operationId: 'listOpenAiVectorStoreFiles',
    summary: 'List the files of a vector store',
    tags,
    params: VectorStoreParams,
    querystring: VectorStoreFileFilter,
    response: { 200: VectorStoreFileListResponse },
  },
  config,
};
const readFile = {
  schema: {
    operationId: 'getOpenAiVectorStoreFile',
    summary: 'Read a file of a vector store with its state',
    tags,
    params: VectorStoreFileParams,
    response: { 200: VectorStoreFileResponse },
  },
  config,
};
const updateFile = {
  schema: {
    operationId: 'updateOpenAiVectorStoreFile',
    summary: 'Replace the attributes of a file of a vector store',
    tags,
    params: VectorStoreFileParams,
    body: VectorStoreFileUpdate,
    response: { 200: VectorStoreFileResponse },
  },
  config,
};
const removeFile = {
  schema: {
    operationId: 'removeOpenAiVectorStoreFile',
    summary: 'Take a file out of a vector store; the file itself stays',
    tags,
    params: VectorStoreFileParams,
    response: { 200: VectorStoreFileDeletedResponse },
  },
  config,
};
const readContent = {
  schema: {
    operationId: 'getOpenAiVectorStoreFileContent',
    summary: 'Read the text that was found in a file of a vector store',
    tags,
    params: VectorStoreFileParams,
    response: { 200: VectorStoreFileContentResponse },
  },
  config,
};

export function registerVectorStoreFileRoutes(
  app: App,
  {
    projectFiles,
    settings,
  }: { readonly projectFiles: ProjectFileService; readonly settings: ChunkingSettings },
): void {
  app.post('/vector_stores/:vector_store_id/files', addFile, async (request) => {
    const { file_id: fileId, attributes, chunking_strategy: chunking } = request.body;
    assertOurChunking(chunking, settings);
    const input = { projectId: request.params.vector_store_id, fileId };
    const file = await projectFiles.attach(request.actor, {
      ...input,
      attributes: attributes ?? {},
    });
    return presentVectorStoreFile(file, settings);
  });

  app.get('/vector_stores/:vector_store_id/files', listFiles, async (request) => {
    const files = await projectFiles.slice(request.actor, {
      ...sliceRequest(request.query),
      projectId: request.params.vector_store_id,
      state: request.query.filter,
    });
    return presentCursorPage(files, request.query, (file) =>
      presentVectorStoreFile(file, settings),
    );
  });

  app.get('/vector_stores/:vector_store_id/files/:file_id', readFile, async (request) =>
    presentVectorStoreFile(await projectFiles.get(request.actor, keyOf(request.params)), settings),
  );

  app.post('/vector_stores/:vector_store_id/files/:file_id', updateFile, async (request) => {
    const input = { ...keyOf(request.params), attributes: request.body.attributes ?? {} };
    return presentVectorStoreFile(await projectFiles.setAttributes(request.actor, input), settings);
  });

  app.delete('/vector_stores/:vector_store_id/files/:file_id', removeFile, async (request) => {
    const key = keyOf(request.params);
    await projectFiles.detach(request.actor, key);
    return {
      id: openAiFileId(key.fileId),
      object: 'vector_store.file.deleted' as const,
      deleted: true as const,
    };
  });

  app.get(
    '/vector_stores/:vector_store_id/files/:file_id/content',
    readContent,
    async (request, reply) => {
      const texts = await projectFiles.readText(request.actor, keyOf(request.params));
      return reply
        .type('application/json; charset=utf-8')
        .send(Readable.from(writeTextPage(texts), { objectMode: false }));
    },
  );
}

function keyOf({ vector_store_id: projectId, file_id: fileId }: VectorStoreFileKey) {
  return { projectId, fileId };
}

type VectorStoreFileKey = (typeof VectorStoreFileParams)['_output'];
