import type { Clock } from '#platform/clock/clock';
import { invalid, type AppError } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import { newId, type OneTimeTokenId, type UserId } from '#shared/ids';
import { sendAccountMail } from '../account-mails/send-account-mail.job.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type { OneTimeSecrets } from './one-time-secret.provider.ts';
import type {
  MailedPurpose,
  OneTimeTokenRecord,
  OneTimeTokensRepository,
} from './one-time-tokens.repository.ts';

export type OneTimeTokenLifetimes = {
  readonly verificationHours: number;
  readonly passwordResetMinutes: number;
};

export type OneTimeTokenServiceDependencies = {
  readonly oneTimeTokens: () => Pick<OneTimeTokensRepository, 'findLive'>;
  readonly secrets: OneTimeSecrets;
  readonly clock: Clock;
  readonly lifetimes: OneTimeTokenLifetimes;
};

/** The repositories of the transaction that a token is issued in. */
export type IssuingRepositories = {
  readonly oneTimeTokens: Pick<OneTimeTokensRepository, 'insert'>;
  readonly jobs: JobWriter;
};

export type OneTimeTokenDraft = {
  readonly purpose: MailedPurpose;
  readonly userId: UserId | null;
  readonly email: EmailAddress;
  /** The address that an email_change ends. */
  readonly formerEmail?: EmailAddress | null;
};

export type Presented = { readonly token: string; readonly purposes: readonly MailedPurpose[] };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export type OneTimeTokenService = ReturnType<typeof createOneTimeTokenService>;

/** Tokens that are mailed and work once. */
export function createOneTimeTokenService(dependencies: OneTimeTokenServiceDependencies) {
  const { oneTimeTokens, secrets, clock, lifetimes } = dependencies;

  const presented = ({ token, purposes }: Presented) => ({
    tokenHash: secrets.hashOf(token),
    purposes,
    now: clock.now(),
  });

  function expiryOf(purpose: MailedPurpose): Date {
    const lifeMs =
      purpose === 'password_reset'
        ? lifetimes.passwordResetMinutes * MINUTE_MS
        : lifetimes.verificationHours * HOUR_MS;
    return new Date(clock.now().getTime() + lifeMs);
  }

  return {
    /** Makes a token that is mailed once the transaction has committed. */
    async issue(
      repositories: IssuingRepositories,
      { formerEmail = null, ...draft }: OneTimeTokenDraft,
    ): Promise<OneTimeTokenId> {
      const id = newId<OneTimeTokenId>();
      await repositories.oneTimeTokens.insert({
        ...draft,
        id,
        formerEmail,
        tokenHash: secrets.hashOf(secrets.tokenOf(draft.purpose, id)),
        expiresAt: expiryOf(draft.purpose),
      });
      await repositories.jobs.enqueue(sendAccountMail, { oneTimeTokenId: id });
      return id;
    },

    /** Whether it is worth the work of using it. @throws VALIDATION_ERROR */
    async assertLive(token: Presented): Promise<void> {
      if (!(await oneTimeTokens().findLive(presented(token)))) throw badToken();
    },

    /** Uses a token up, in the transaction of what it allows. @throws VALIDATION_ERROR */
    async use(
      repositories: { readonly oneTimeTokens: Pick<OneTimeTokensRepository, 'use'> },
      token: Presented,
    ): Promise<OneTimeTokenRecord> {
      const record = await repositories.oneTimeTokens.use(presented(token));
      if (!record) throw badToken();
      return record;
    },
  };
}

/** One and the same answer for each way of not being good. */
export function badToken(): AppError {
  const message = 'The token is not valid: it may be over, or used already';
  return invalid([{ field: 'token', message }], 'one_time_token.invalid');
}
