import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { InvitationService } from './invitations.service.ts';

const purgeInvitations: JobDefinition<Record<string, never>> = {
  name: 'purge-invitations',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 60,
  concurrency: 1,
  schedule: '53 3 * * *',
};

/** Idempotent: it deletes what expired long ago, and a second run finds less. */
export function registerPurgeInvitations(
  queue: JobQueue,
  { invitations }: { invitations: Pick<InvitationService, 'purgeExpired'> },
): void {
  queue.register(purgeInvitations, () => invitations.purgeExpired());
}
