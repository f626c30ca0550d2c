import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { SpendGuardService } from './spend-guard.service.ts';

const purgeReservations: JobDefinition<Record<string, never>> = {
  name: 'purge-spend-reservations',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '25 * * * *',
};

/** Idempotent: it takes what is over now, and a second run finds less. */
export function registerPurgeReservations(
  queue: JobQueue,
  { spending }: { spending: Pick<SpendGuardService, 'purge'> },
): void {
  queue.register(purgeReservations, () => spending.purge());
}
