import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { ResponseService } from './responses.service.ts';

const purgeResponses: JobDefinition<Record<string, never>> = {
  name: 'purge-responses',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '23 * * * *',
};

/** Idempotent: it takes what is past the retention now, and a second run finds less. */
export function registerPurgeResponses(
  queue: JobQueue,
  { responses }: { responses: Pick<ResponseService, 'purge'> },
): void {
  queue.register(purgeResponses, () => responses.purge());
}
