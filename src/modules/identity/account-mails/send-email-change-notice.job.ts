import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { AccountMailService } from './account-mails.service.ts';
import { AccountMailPayload, MAIL_RETRIES, MAIL_TIMEOUT_SECONDS } from './send-account-mail.job.ts';

export const sendEmailChangeNotice: JobDefinition<AccountMailPayload> = {
  ...MAIL_RETRIES,
  name: 'send-email-change-notice',
  payload: AccountMailPayload,
  timeoutSeconds: MAIL_TIMEOUT_SECONDS,
  concurrency: 2,
};

/** Run twice it warns twice, which harms nobody. */
export function registerSendEmailChangeNotice(
  queue: JobQueue,
  { accountMails }: { accountMails: AccountMailService },
): void {
  queue.register(sendEmailChangeNotice, ({ oneTimeTokenId }, { signal }) =>
    accountMails.sendEmailChangeNotice(oneTimeTokenId, signal),
  );
}
