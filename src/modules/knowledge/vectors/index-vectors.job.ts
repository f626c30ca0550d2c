import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { VectorIndexingService } from './vector-indexing.service.ts';

const indexVectors: JobDefinition<Record<string, never>> = {
  name: 'index-vectors',
  payload: z.strictObject({}),
  attempts: 1,
  retryDelaySeconds: 60,
  timeoutSeconds: 6 * 3600,
  concurrency: 1,
  schedule: '23 * * * *',
};

/** Idempotent: what has its index is left alone, and a build that was cut short begins anew. */
export function registerIndexVectors(
  queue: JobQueue,
  { vectorIndexing }: { vectorIndexing: VectorIndexingService },
): void {
  queue.register(indexVectors, () => vectorIndexing.indexVectors());
}
