import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { TakeMemories } from './take-memories.service.ts';

const takeMemories: JobDefinition<Record<string, never>> = {
  name: 'take-memories',
  payload: z.strictObject({}),
  attempts: 1,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '* * * * *',
};

/** Idempotent: what was read once is not read again. */
export function registerTakeMemories(queue: JobQueue, take: TakeMemories): void {
  queue.register(takeMemories, (_payload, { signal }) => take(signal));
}
