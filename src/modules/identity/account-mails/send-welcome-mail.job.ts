import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { UserId } from '#shared/ids';
import type { AccountMailService } from './account-mails.service.ts';
import { MAIL_RETRIES, MAIL_TIMEOUT_SECONDS } from './send-account-mail.job.ts';

export const sendWelcomeMail: JobDefinition<{ readonly userId: UserId }> = {
  ...MAIL_RETRIES,
  name: 'send-welcome-mail',
  payload: z.strictObject({ userId: z.uuid().transform((id) => id as UserId) }),
  timeoutSeconds: MAIL_TIMEOUT_SECONDS,
  concurrency: 2,
};

/** Idempotent: a user remembers that they were welcomed. */
export function registerSendWelcomeMail(
  queue: JobQueue,
  { accountMails }: { accountMails: AccountMailService },
): void {
  queue.register(sendWelcomeMail, ({ userId }, { signal }) =>
    accountMails.sendWelcome(userId, signal),
  );
}
