import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { RateHitsRepository } from './rate-hits.repository.ts';

const BATCH = 1000;

const purgeRateHits: JobDefinition<Record<string, never>> = {
  name: 'purge-rate-hits',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 300,
  concurrency: 1,
  schedule: '17 * * * *',
};

/** Idempotent: it deletes what counts no longer, batch by batch. */
export function registerPurgeRateHits(
  queue: JobQueue,
  { rateHits }: { readonly rateHits: () => Pick<RateHitsRepository, 'deleteExpired'> },
): void {
  queue.register(purgeRateHits, async (_payload, { signal }) => {
    while (!signal.aborted) {
      if ((await rateHits().deleteExpired(new Date(), BATCH)) < BATCH) return;
    }
  });
}
