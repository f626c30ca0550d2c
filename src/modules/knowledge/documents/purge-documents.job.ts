import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { DocumentPurgeService } from './document-purge.service.ts';

const purgeDocuments: JobDefinition<Record<string, never>> = {
  name: 'purge-documents',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 3600,
  concurrency: 1,
  schedule: '*/10 * * * *',
};

/** Idempotent: it takes what is expired now, and a second run finds less. */
export function registerPurgeDocuments(
  queue: JobQueue,
  { documentPurge }: { documentPurge: DocumentPurgeService },
): void {
  queue.register(purgeDocuments, (_payload, { signal }) => documentPurge.purgeExpired(signal));
}
