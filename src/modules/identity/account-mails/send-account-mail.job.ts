import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { OneTimeTokenId } from '#shared/ids';
import type { AccountMailService } from './account-mails.service.ts';

/** Over about an hour, as mail servers are away for minutes rather than seconds. */
export const MAIL_RETRIES = { attempts: 8, retryDelaySeconds: 30 } as const;
export const MAIL_TIMEOUT_SECONDS = 120;

export type AccountMailPayload = { readonly oneTimeTokenId: OneTimeTokenId };

export const AccountMailPayload = z.strictObject({
  oneTimeTokenId: z.uuid().transform((id) => id as OneTimeTokenId),
});

export const sendAccountMail: JobDefinition<AccountMailPayload> = {
  ...MAIL_RETRIES,
  name: 'send-account-mail',
  payload: AccountMailPayload,
  timeoutSeconds: MAIL_TIMEOUT_SECONDS,
  concurrency: 2,
};

/** Idempotent: a token remembers that it was mailed. */
export function registerSendAccountMail(
  queue: JobQueue,
  { accountMails }: { accountMails: AccountMailService },
): void {
  queue.register(sendAccountMail, ({ oneTimeTokenId }, { signal }) =>
    accountMails.sendToken(oneTimeTokenId, signal),
  );
}
