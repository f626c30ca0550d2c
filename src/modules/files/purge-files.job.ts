import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { FileLibrary } from './file-library.service.ts';
import type { UploadService } from './uploads/uploads.service.ts';

const purgeFiles: JobDefinition<Record<string, never>> = {
  name: 'purge-files',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '*/10 * * * *',
};

/** Idempotent: it takes what is expired now, and a second run finds less. */
export function registerPurgeFiles(
  queue: JobQueue,
  { library, uploads }: { library: FileLibrary; uploads: UploadService },
): void {
  queue.register(purgeFiles, async (_payload, { signal }) => {
    await uploads.purgeExpired(signal);
    await library.purgeExpired(signal);
  });
}
