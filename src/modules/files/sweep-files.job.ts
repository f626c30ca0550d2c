import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { FileService } from './files.service.ts';

const sweepFiles: JobDefinition<Record<string, never>> = {
  name: 'sweep-files',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 3600,
  concurrency: 1,
  schedule: '41 * * * *',
};

/** Idempotent: it takes what has no row now, and a second run finds less. */
export function registerSweepFiles(queue: JobQueue, { files }: { files: FileService }): void {
  queue.register(sweepFiles, async (_payload, { signal }) => {
    await files.sweepOrphans(signal);
  });
}
