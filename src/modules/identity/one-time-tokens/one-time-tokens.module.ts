import type { EmailSender } from '#modules/messaging';
import type { Clock } from '#platform/clock/clock';
import type { Database } from '#platform/db/database';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { MailLifetimes } from '../account-mails/account-mail-content.ts';
import { createAccountMailService } from '../account-mails/account-mails.service.ts';
import { registerSendAccountMail } from '../account-mails/send-account-mail.job.ts';
import { registerSendEmailChangeNotice } from '../account-mails/send-email-change-notice.job.ts';
import { registerSendWelcomeMail } from '../account-mails/send-welcome-mail.job.ts';
import { createUsersRepository } from '../users/users.repository.ts';
import { createOneTimeSecrets } from './one-time-secret.provider.ts';
import { createOneTimeTokensRepository } from './one-time-tokens.repository.ts';
import {
  createOneTimeTokenService,
  type OneTimeTokenLifetimes,
} from './one-time-tokens.service.ts';

export type OneTimeTokensDependencies = {
  readonly database: Database;
  readonly email: EmailSender;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: OneTimeTokenLifetimes & {
    readonly jwtSecretKey: string;
    readonly publicUrl: string;
  };
};

const API_PATH = '/api/v1';

/** Tokens that are mailed, and the mails that bring them. */
export function createOneTimeTokens(dependencies: OneTimeTokensDependencies) {
  const { database, settings } = dependencies;
  const secrets = createOneTimeSecrets({ secret: settings.jwtSecretKey });
  const urls = { publicUrl: settings.publicUrl, apiUrl: `${settings.publicUrl}${API_PATH}` };
  const oneTimeTokens = () => createOneTimeTokensRepository(database.unscoped());
  const accountMails = createAccountMailService({
    ...dependencies,
    oneTimeTokens,
    users: () => createUsersRepository(database.forSystem()),
    secrets,
    urls,
    lifetimes: sayLifetimes(settings),
  });
  return {
    secrets,
    urls,
    tokens: createOneTimeTokenService({
      ...dependencies,
      oneTimeTokens,
      secrets,
      lifetimes: settings,
    }),
    registerJobs(queue: JobQueue): void {
      registerSendAccountMail(queue, { accountMails });
      registerSendEmailChangeNotice(queue, { accountMails });
      registerSendWelcomeMail(queue, { accountMails });
    },
  };
}

function sayLifetimes(lifetimes: OneTimeTokenLifetimes): MailLifetimes {
  const { verificationHours: hours, passwordResetMinutes: minutes } = lifetimes;
  return {
    verification: hours === 1 ? 'one hour' : `${hours} hours`,
    passwordReset: minutes === 1 ? 'one minute' : `${minutes} minutes`,
  };
}
