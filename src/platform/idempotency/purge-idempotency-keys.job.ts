import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { IdempotencyRepository } from './idempotency.repository.ts';

const BATCH = 1000;

const purgeIdempotencyKeys: JobDefinition<Record<string, never>> = {
  name: 'purge-idempotency-keys',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 300,
  concurrency: 1,
  schedule: '41 * * * *',
};

/** Idempotent: it deletes what is past its time now, batch by batch. */
export function registerPurgeIdempotencyKeys(
  queue: JobQueue,
  { allKeys }: { readonly allKeys: () => IdempotencyRepository },
): void {
  queue.register(purgeIdempotencyKeys, async (_payload, { signal }) => {
    while (!signal.aborted) {
      if ((await allKeys().deleteExpired(BATCH)) < BATCH) return;
    }
  });
}
