import { z } from 'zod';
import type { App } from '#platform/http/app';
import { openEventStream } from '#platform/http/event-stream';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  ChunkFilter,
  ChunkListResponse,
  DocumentFilter,
  DocumentListResponse,
  DocumentParams,
  DocumentResponse,
  DocumentsParams,
  EventStreamContent,
  presentChunk,
  keyOf,
  presentDocument,
} from './documents.schemas.ts';
import type { DocumentService } from './documents.service.ts';

const tags = ['documents'];
const config = { access: 'user' } as const;

const listDocuments = {
  schema: {
    operationId: 'listDocuments',
    summary: 'List the documents of a project',
    tags,
    params: DocumentsParams,
    querystring: DocumentFilter,
    response: { 200: DocumentListResponse },
  },
  config,
};
const getDocument = {
  schema: {
    operationId: 'getDocument',
    summary: 'Read a document with its state',
    tags,
    params: DocumentParams,
    response: { 200: DocumentResponse },
  },
  config,
};
const listChunks = {
  schema: {
    operationId: 'listDocumentChunks',
    summary: 'List the searchable passages of a document, in the order of its text',
    tags,
    params: DocumentParams,
    querystring: ChunkFilter,
    response: { 200: ChunkListResponse },
  },
  config,
};
const deleteDocument = {
  schema: {
    operationId: 'deleteDocument',
    summary: 'Move a document to the trash and out of search',
    tags,
    params: DocumentParams,
    response: { 204: z.void() },
  },
  config,
};
const restoreDocument = {
  schema: {
    operationId: 'restoreDocument',
    summary: 'Take a document out of the trash',
    tags,
    params: DocumentParams,
    response: { 200: DocumentResponse },
  },
  config,
};
const reindexDocument = {
  schema: {
    operationId: 'reindexDocument',
    summary: 'Make a document searchable anew, also after a failure',
    tags,
    params: DocumentParams,
    response: { 202: DocumentResponse },
  },
  config,
};
const watchDocument = {
  schema: {
    operationId: 'watchDocument',
    summary: 'Follow the progress of a document as server-sent events',
    description: 'The state now, then each change, until the document is ready or failed.',
    tags,
    params: DocumentParams,
    response: { 200: EventStreamContent },
  },
  config,
};

export function registerDocumentRoutes(
  app: App,
  { documents }: { readonly documents: DocumentService },
): void {
  app.get('/projects/:id/documents', listDocuments, async (request) => {
    const { status, deleted } = request.query;
    const page = { ...pageRequest(request.query), sort: sortOf(request.query) };
    const listing = { ...page, projectId: request.params.id, status, isDeleted: deleted };
    return presentPage(await documents.list(request.actor, listing), presentDocument);
  });

  app.get('/projects/:id/documents/:document_id', getDocument, async (request) =>
    presentDocument(await documents.get(request.actor, keyOf(request.params))),
  );

  app.get('/projects/:id/documents/:document_id/chunks', listChunks, async (request) => {
    const input = { ...keyOf(request.params), page: pageRequest(request.query) };
    return presentPage(await documents.listChunks(request.actor, input), presentChunk);
  });

  app.delete('/projects/:id/documents/:document_id', deleteDocument, async (request, reply) => {
    await documents.remove(request.actor, keyOf(request.params));
    return reply.code(204).send();
  });

  app.post('/projects/:id/documents/:document_id/restore', restoreDocument, async (request) =>
    presentDocument(await documents.restore(request.actor, keyOf(request.params))),
  );

  app.post(
    '/projects/:id/documents/:document_id/reindex',
    reindexDocument,
    async (request, reply) => {
      const document = await documents.reindex(request.actor, keyOf(request.params));
      return reply.code(202).send(presentDocument(document));
    },
  );

  app.get('/projects/:id/documents/:document_id/events', watchDocument, async (request, reply) => {
    const follow = await documents.watch(request.actor, keyOf(request.params));
    const stream = openEventStream(request, reply);
    let id = 0;
    try {
      for await (const document of follow(stream.closed)) {
        stream.send({ id: (id += 1), data: { type: 'document', ...presentDocument(document) } });
      }
    } finally {
      stream.end();
    }
  });
}
