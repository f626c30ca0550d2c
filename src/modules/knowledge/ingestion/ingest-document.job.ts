import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { DocumentId, TeamId } from '#shared/ids';
import type { IngestionService } from './ingestion.service.ts';

export type IngestDocumentPayload = { readonly teamId: TeamId; readonly documentId: DocumentId };

export const ingestDocument: JobDefinition<IngestDocumentPayload> = {
  name: 'ingest-document',
  payload: z.strictObject({
    teamId: z.uuid().transform((id) => id as TeamId),
    documentId: z.uuid().transform((id) => id as DocumentId),
  }),
  attempts: 4,
  retryDelaySeconds: 5,
  timeoutSeconds: 3600,
  // Parsing has threads of its own; two keep one busy while the other waits for the database or a provider.
  concurrency: 2,
};

/** Idempotent: see the service. */
export function registerIngestDocument(
  queue: JobQueue,
  { ingestion }: { ingestion: IngestionService },
): void {
  queue.register(ingestDocument, (payload, context) => ingestion.ingest(payload, context));
}
