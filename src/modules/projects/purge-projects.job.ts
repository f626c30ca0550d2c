import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { ProjectService } from './projects.service.ts';

const purgeProjects: JobDefinition<Record<string, never>> = {
  name: 'purge-projects',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '17 * * * *',
};

/** Idempotent: it takes what is expired now, and a second run finds less. */
export function registerPurgeProjects(
  queue: JobQueue,
  { projects }: { projects: ProjectService },
): void {
  queue.register(purgeProjects, async () => {
    await projects.purgeExpired();
  });
}
