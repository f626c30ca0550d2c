import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  ChunkFilter,
  ChunkListResponse,
  DocumentFilter,
  DocumentListResponse,
  DocumentParams,
  DocumentResponse,
  DocumentsParams,
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
}
