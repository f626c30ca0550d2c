import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { IngestionSweepService } from './ingestion-sweep.service.ts';
import type { RenewalService } from './renewal.service.ts';

const sweepIngestions: JobDefinition<Record<string, never>> = {
  name: 'sweep-ingestions',
  payload: z.strictObject({}),
  attempts: 1,
  retryDelaySeconds: 1,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '* * * * *',
};

/** Idempotent: it takes what was left behind now, and a second run finds less. */
export function registerSweepIngestions(
  queue: JobQueue,
  { ingestionSweep, renewal }: { ingestionSweep: IngestionSweepService; renewal: RenewalService },
): void {
  queue.register(sweepIngestions, async (_payload, { signal }) => {
    await ingestionSweep.reviveStale();
    await renewal.renewOutdated();
    await ingestionSweep.eraseDiscarded(signal);
  });
}
