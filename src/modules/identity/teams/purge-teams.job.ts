import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';

/** The work behind the job. */
export type TeamPurge = { purgeDeleted(signal: AbortSignal): Promise<void> };

/** Runs when a team is deleted, and by the clock for what a run before it could not finish. */
export const purgeTeams: JobDefinition<Record<string, never>> = {
  name: 'purge-teams',
  payload: z.strictObject({}),
  attempts: 5,
  retryDelaySeconds: 10,
  timeoutSeconds: 3600,
  concurrency: 1,
  schedule: '23 * * * *',
};

/** Idempotent: it takes what deleted teams still have, and a second run finds less. */
export function registerPurgeTeams(queue: JobQueue, { purge }: { purge: TeamPurge }): void {
  queue.register(purgeTeams, (_, { signal }) => purge.purgeDeleted(signal));
}
