import { z } from 'zod';
import type { JobDefinition, JobHandler, JobQueue } from '#platform/queue/job-queue';
import type { DocumentId, TeamId } from '#shared/ids';

export type IngestDocumentPayload = { readonly teamId: TeamId; readonly documentId: DocumentId };

export const ingestDocument: JobDefinition<IngestDocumentPayload> = {
  name: 'ingest-document',
  payload: z.strictObject({
    teamId: z.uuid().transform((id) => id as TeamId),
    documentId: z.uuid().transform((id) => id as DocumentId),
  }),
  // Of workers that died: failures of a stage are counted with the document, and end before this.
  attempts: 10,
  retryDelaySeconds: 1,
  timeoutSeconds: 3600,
  // Parsing has threads of its own; two keep one busy while the other waits for the database or a provider.
  concurrency: 2,
};

/** Idempotent: see the service. */
export function registerIngestDocument(
  queue: JobQueue,
  { ingestion }: { ingestion: { readonly ingest: JobHandler<IngestDocumentPayload> } },
): void {
  queue.register(ingestDocument, ingestion.ingest);
}
