import type { App } from '#platform/http/app';
import { openEventStream } from '#platform/http/event-stream';
import { pageRequest, presentPage } from '#platform/http/schema-parts';
import {
  AttemptFilter,
  EventStreamContent,
  IngestionAttemptListResponse,
  presentAttempt,
} from './document-ingestion.schemas.ts';
import type { DocumentIngestionService } from './document-ingestion.service.ts';
import { DocumentParams, DocumentResponse, keyOf, presentDocument } from './documents.schemas.ts';

const tags = ['documents'];
const config = { access: 'user' } as const;

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
const cancelDocument = {
  schema: {
    operationId: 'cancelDocument',
    summary: 'Call off the processing of a document',
    description:
      'It ends as failed with the reason `cancelled`, wherever it is being processed; what was searchable stays so.',
    tags,
    params: DocumentParams,
    response: { 200: DocumentResponse },
  },
  config,
};
const listAttempts = {
  schema: {
    operationId: 'listDocumentAttempts',
    summary: 'List the tries to process a document, youngest first',
    tags,
    params: DocumentParams,
    querystring: AttemptFilter,
    response: { 200: IngestionAttemptListResponse },
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

/** How a document becomes searchable. */
export function registerDocumentIngestionRoutes(
  app: App,
  { documentIngestion }: { readonly documentIngestion: DocumentIngestionService },
): void {
  app.post(
    '/projects/:id/documents/:document_id/reindex',
    reindexDocument,
    async (request, reply) => {
      const document = await documentIngestion.reindex(request.actor, keyOf(request.params));
      return reply.code(202).send(presentDocument(document));
    },
  );

  app.post('/projects/:id/documents/:document_id/cancel', cancelDocument, async (request) =>
    presentDocument(await documentIngestion.cancel(request.actor, keyOf(request.params))),
  );

  app.get('/projects/:id/documents/:document_id/attempts', listAttempts, async (request) => {
    const input = { ...keyOf(request.params), page: pageRequest(request.query) };
    return presentPage(await documentIngestion.listAttempts(request.actor, input), presentAttempt);
  });

  app.get('/projects/:id/documents/:document_id/events', watchDocument, async (request, reply) => {
    const follow = await documentIngestion.watch(request.actor, keyOf(request.params));
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
