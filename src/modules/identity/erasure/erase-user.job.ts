import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { ErasureId } from '#shared/ids';

/** The work behind the jobs. */
export type Erasing = {
  run(id: ErasureId, signal: AbortSignal): Promise<void>;
  sweep(): Promise<void>;
};

/** Holds no id of the user, so that the queue has nothing to forget about it. */
export const eraseUser: JobDefinition<{ readonly erasureId: ErasureId }> = {
  name: 'erase-user',
  payload: z.strictObject({ erasureId: z.custom<ErasureId>(isUuid) }),
  attempts: 10,
  retryDelaySeconds: 2,
  timeoutSeconds: 3600,
  concurrency: 2,
};

const sweepErasures: JobDefinition<Record<string, never>> = {
  name: 'sweep-erasures',
  payload: z.strictObject({}),
  attempts: 1,
  retryDelaySeconds: 1,
  timeoutSeconds: 60,
  concurrency: 1,
  schedule: '*/5 * * * *',
};

/** Idempotent: each run takes what is left, and a finished erasure has nothing. */
export function registerEraseUser(queue: JobQueue, { erasing }: { erasing: Erasing }): void {
  queue.register(eraseUser, ({ erasureId }, { signal }) => erasing.run(erasureId, signal));
  queue.register(sweepErasures, () => erasing.sweep());
}

function isUuid(value: unknown): boolean {
  return z.uuid().safeParse(value).success;
}
