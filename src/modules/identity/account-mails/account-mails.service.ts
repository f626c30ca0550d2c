import type { EmailSender } from '#modules/messaging';
import type { Clock } from '#platform/clock/clock';
import { AppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { OneTimeTokenId, UserId } from '#shared/ids';
import type { OneTimeSecrets } from '../one-time-tokens/one-time-secret.provider.ts';
import type {
  OneTimeTokenRecord,
  OneTimeTokensRepository,
} from '../one-time-tokens/one-time-tokens.repository.ts';
import type { UsersRepository } from '../users/users.repository.ts';
import {
  emailChangeContent,
  emailChangeNotice,
  knownRegistrationContent,
  passwordResetContent,
  registrationContent,
  verificationContent,
  welcomeContent,
  type MailLifetimes,
  type MailUrls,
} from './account-mail-content.ts';
import { renderMail, type MailContent } from './render-mail.ts';

export type AccountMailServiceDependencies = {
  readonly oneTimeTokens: () => Pick<
    OneTimeTokensRepository,
    'find' | 'assign' | 'countMailed' | 'markMailed'
  >;
  readonly users: () => Pick<
    UsersRepository,
    'find' | 'findIdByEmail' | 'findUnwelcomed' | 'markWelcomed'
  >;
  readonly email: EmailSender;
  readonly secrets: OneTimeSecrets;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly urls: MailUrls;
  readonly lifetimes: MailLifetimes;
};

/** Mails of one purpose to one address: the rest of the hour's are not sent, whoever asks for them. */
const MAX_MAILS = 5;
const WINDOW_MS = 3_600_000;

export type AccountMailService = ReturnType<typeof createAccountMailService>;

/**
 * Mails to accounts, sent by jobs. What somebody may be told is decided here, so that a request for a mail
 * does the same work whether or not there is anybody to send it to.
 */
export function createAccountMailService(dependencies: AccountMailServiceDependencies) {
  const { oneTimeTokens, users, email, secrets, clock, logger, urls, lifetimes } = dependencies;

  async function isWanted(record: OneTimeTokenRecord): Promise<boolean> {
    if (record.mailedAt !== null || record.usedAt !== null) return false;
    if (Date.parse(record.expiresAt) <= clock.now().getTime()) return false;
    const since = new Date(clock.now().getTime() - WINDOW_MS);
    if ((await oneTimeTokens().countMailed(record, since)) < MAX_MAILS) return true;
    logger.warn({ event: 'mail_limit', purpose: record.purpose }, 'too many mails to one address');
    return false;
  }

  /** Undefined where nobody is to be told anything. */
  async function contentOf(record: OneTimeTokenRecord): Promise<MailContent | undefined> {
    const mail = { token: tokenOf(record), lifetimes };
    const ownerId = await users().findIdByEmail(record.email);
    switch (record.purpose) {
      case 'registration':
        return ownerId ? knownRegistrationContent(urls) : registrationContent(urls, mail);
      case 'email_change':
        return ownerId ? undefined : emailChangeContent(urls, mail);
      case 'email_verification':
        return ownerId === record.userId ? verificationContent(urls, mail) : undefined;
      case 'password_reset':
        return (await assignTo(ownerId, record)) ? passwordResetContent(urls, mail) : undefined;
    }
  }

  /** @throws for a row that was written under another key: its token cannot be made any more */
  function tokenOf({ purpose, id, tokenHash }: OneTimeTokenRecord): string {
    const token = secrets.tokenOf(purpose, id);
    if (secrets.hashOf(token).equals(tokenHash)) return token;
    throw new AppError('conflict', 'JWT_SECRET_KEY was changed since the token was issued', {
      reason: 'one_time_token.other_key',
      retryable: false,
    });
  }

  /** A request for a reset looks for no user, so that it takes the same time for each address. */
  async function assignTo(
    ownerId: UserId | undefined,
    { id }: OneTimeTokenRecord,
  ): Promise<boolean> {
    const owner = ownerId && (await users().find(ownerId));
    if (!owner || !owner.isActive) return false;
    await oneTimeTokens().assign(id, owner.id);
    return true;
  }

  return {
    /** Sends the mail that a token was made for, unless it was sent already. */
    async sendToken(id: OneTimeTokenId, signal: AbortSignal): Promise<void> {
      const record = await oneTimeTokens().find(id);
      if (!record || !(await isWanted(record))) return;
      const content = await contentOf(record);
      if (!content) return;
      await email.send({ to: record.email, ...renderMail(content) }, signal);
      await oneTimeTokens().markMailed(id, clock.now());
    },

    /** Tells the former address that another was asked for. */
    async sendEmailChangeNotice(id: OneTimeTokenId, signal: AbortSignal): Promise<void> {
      const record = await oneTimeTokens().find(id);
      if (!record?.formerEmail) return;
      await email.send({ to: record.formerEmail, ...renderMail(emailChangeNotice(urls)) }, signal);
    },

    async sendWelcome(userId: UserId, signal: AbortSignal): Promise<void> {
      const address = await users().findUnwelcomed(userId);
      if (!address) return;
      await email.send({ to: address, ...renderMail(welcomeContent(urls)) }, signal);
      await users().markWelcomed(userId, clock.now());
    },
  };
}
