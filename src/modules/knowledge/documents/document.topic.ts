import { z } from 'zod';
import { uuid } from '#platform/http/schema-parts';
import { defineTopic, type SocketTopic } from '#platform/http/sockets/socket-topic';
import type { DocumentId, ProjectId } from '#shared/ids';
import type { DocumentIngestionService } from './document-ingestion.service.ts';
import { presentDocument } from './documents.schemas.ts';

const parameters = z.strictObject({
  project_id: uuid<ProjectId>(),
  document_id: uuid<DocumentId>(),
});

/** A document now and after each change, as its stream has it, until its ingestion has ended. */
export function createDocumentTopic({
  watch,
}: Pick<DocumentIngestionService, 'watch'>): SocketTopic {
  return defineTopic({
    name: 'document',
    parameters,
    async open(actor, { project_id: projectId, document_id: id }) {
      const follow = await watch(actor, { projectId, id });
      return async function* read(signal) {
        for await (const document of follow(signal)) {
          yield { data: { type: 'document', ...presentDocument(document) } };
        }
      };
    },
  });
}
