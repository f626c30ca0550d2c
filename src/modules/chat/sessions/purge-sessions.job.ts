import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { NotedSessionService } from './noted-sessions.service.ts';

const purgeSessions: JobDefinition<Record<string, never>> = {
  name: 'purge-sessions',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '*/10 * * * *',
};

/** Idempotent: it takes what has outlived its time now, and a second run finds less. */
export function registerPurgeSessions(
  queue: JobQueue,
  { sessions }: { sessions: Pick<NotedSessionService, 'purge'> },
): void {
  queue.register(purgeSessions, () => sessions.purge());
}
