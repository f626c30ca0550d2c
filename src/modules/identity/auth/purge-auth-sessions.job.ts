import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { AuthCleanupService } from './auth-cleanup.service.ts';

const purgeAuthSessions: JobDefinition<Record<string, never>> = {
  name: 'purge-auth-sessions',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '41 * * * *',
};

/** Idempotent: it deletes what is over now, and a second run finds less. */
export function registerPurgeAuthSessions(
  queue: JobQueue,
  { authCleanup }: { authCleanup: AuthCleanupService },
): void {
  queue.register(purgeAuthSessions, async () => {
    await authCleanup.purgeExpiredSessions();
  });
}
