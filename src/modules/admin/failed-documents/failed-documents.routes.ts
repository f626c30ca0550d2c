import type { App } from '#platform/http/app';
import { pageRequest, presentPage } from '#platform/http/schema-parts';
import {
  FailedDocumentFilter,
  FailedDocumentListResponse,
  FailedDocumentParams,
  FailedDocumentResponse,
  FailedDocumentsRetry,
  FailedDocumentsRetryResponse,
  presentFailedDocument,
} from './failed-documents.schemas.ts';
import type { AdminFailedDocuments } from './failed-documents.service.ts';

const tags = ['admin'];
const config = { access: 'admin' } as const;

const listFailedDocuments = {
  schema: {
    operationId: 'listFailedDocuments',
    summary: 'List the documents of all teams whose processing was given up, the last first',
    tags,
    querystring: FailedDocumentFilter,
    response: { 200: FailedDocumentListResponse },
  },
  config,
};
const retryFailedDocument = {
  schema: {
    operationId: 'retryFailedDocument',
    summary: 'Put a failed document back in line',
    description: 'Answers with what it had failed with.',
    tags,
    params: FailedDocumentParams,
    response: { 202: FailedDocumentResponse },
  },
  config,
};
const retryFailedDocuments = {
  schema: {
    operationId: 'retryFailedDocuments',
    summary: 'Put failed documents back in line, at most 200 at a time',
    description:
      'What its user called off is left out, unless the reason `cancelled` is asked for.',
    tags,
    body: FailedDocumentsRetry,
    response: { 202: FailedDocumentsRetryResponse },
  },
  config,
};

export function registerFailedDocumentRoutes(
  app: App,
  { failedDocuments }: { readonly failedDocuments: AdminFailedDocuments },
): void {
  app.get('/admin/failed-documents', listFailedDocuments, async (request) => {
    const { team_id: teamId, reason } = request.query;
    const filter = { ...pageRequest(request.query), teamId, reason };
    return presentPage(await failedDocuments.list(request.actor, filter), presentFailedDocument);
  });

  app.post('/admin/failed-documents/:id/retry', retryFailedDocument, async (request, reply) => {
    const failed = await failedDocuments.retry(request.actor, request.params);
    return reply.code(202).send(presentFailedDocument(failed));
  });

  app.post('/admin/failed-documents/retry', retryFailedDocuments, async (request, reply) => {
    const { team_id: teamId, reason } = request.body;
    const outcome = await failedDocuments.retryAll(request.actor, { teamId, reason });
    return reply.code(202).send(outcome);
  });
}
