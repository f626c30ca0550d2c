import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { InvitationId } from '#shared/ids';
import { MAIL_RETRIES, MAIL_TIMEOUT_SECONDS } from '../account-mails/send-account-mail.job.ts';
import type { InvitationMailService } from './invitation-mails.service.ts';

export const sendInvitation: JobDefinition<{ readonly invitationId: InvitationId }> = {
  ...MAIL_RETRIES,
  name: 'send-invitation',
  payload: z.strictObject({ invitationId: z.uuid().transform((id) => id as InvitationId) }),
  timeoutSeconds: MAIL_TIMEOUT_SECONDS,
  concurrency: 2,
};

/** Idempotent: an invitation remembers that it was mailed. */
export function registerSendInvitation(
  queue: JobQueue,
  { invitationMails }: { invitationMails: InvitationMailService },
): void {
  queue.register(sendInvitation, ({ invitationId }, { signal }) =>
    invitationMails.send(invitationId, signal),
  );
}
