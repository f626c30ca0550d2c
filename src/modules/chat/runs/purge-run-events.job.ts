import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { RunTakeover } from './run-takeover.service.ts';

const purgeRunEvents: JobDefinition<Record<string, never>> = {
  name: 'purge-run-events',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '*/10 * * * *',
};

/** Idempotent: it takes what is past the retention now, and a second run finds less. */
export function registerPurgeRunEvents(
  queue: JobQueue,
  { takeover }: { takeover: Pick<RunTakeover, 'purgeEvents'> },
): void {
  queue.register(purgeRunEvents, () => takeover.purgeEvents());
}
