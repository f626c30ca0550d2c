import type { EnqueueOptions, JobWriter } from '#platform/queue/job-queue';
import type { DocumentId, TeamId } from '#shared/ids';
import { ingestDocument } from './ingest-document.job.ts';

type RequestedIngestion = {
  readonly teamId: TeamId;
  readonly documentId: DocumentId;
  /** Comes after everything that somebody waits for. */
  readonly isBackground?: boolean;
};

/** Asks for a document's ingestion. Teams take turns, so that a large upload of one delays no other. */
export async function requestIngestion(
  jobs: JobWriter,
  { teamId, documentId, isBackground = false }: RequestedIngestion,
  options: Pick<EnqueueOptions, 'isNext' | 'startAfterSeconds'> = {},
): Promise<void> {
  const placed = { ...options, isBackground, group: teamId };
  await jobs.enqueue(ingestDocument, { teamId, documentId }, placed);
}
