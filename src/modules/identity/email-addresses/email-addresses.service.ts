import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { invalid, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { UserId } from '#shared/ids';
import { sendEmailChangeNotice } from '../account-mails/send-email-change-notice.job.ts';
import { auditedActor, type AuditWriter } from '../audit/audit-entry.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import { authSessionOf } from '../auth/auth-session-of.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { signInEntry } from '../auth/sign-in-entry.ts';
import type {
  OneTimeTokenRecord,
  OneTimeTokensRepository,
} from '../one-time-tokens/one-time-tokens.repository.ts';
import {
  badToken,
  type IssuingRepositories,
  type OneTimeTokenService,
} from '../one-time-tokens/one-time-tokens.service.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type { PasswordProof } from '../users/password-proof.service.ts';
import type { UserRecord, UsersRepository } from '../users/users.repository.ts';

export type EmailAddressRepositories = IssuingRepositories & {
  readonly oneTimeTokens: Pick<OneTimeTokensRepository, 'insert' | 'use' | 'endUnused'>;
  readonly users: Pick<UsersRepository, 'markEmailVerified' | 'changeEmail'>;
  readonly auditLog: AuditWriter;
};

export type EmailAddressServiceDependencies = {
  readonly users: () => Pick<UsersRepository, 'find'>;
  readonly unitOfWork: UnitOfWork<EmailAddressRepositories>;
  readonly tokens: OneTimeTokenService;
  readonly passwordProof: Pick<PasswordProof, 'assert'>;
  readonly credentials: Pick<CredentialService, 'forgetAccount'>;
  readonly authLog: AuthLog;
  readonly clock: Clock;
};

export type ChangeEmailInput = { readonly email: EmailAddress; readonly currentPassword: string };

type OwnedToken = OneTimeTokenRecord & { readonly userId: UserId };

const NO_SCOPE: Scope = { kind: 'none' };
const PURPOSES = ['email_verification', 'email_change'] as const;
/** What was mailed to an address ends with it. */
const ENDED_WITH_ADDRESS = ['password_reset', 'email_verification', 'email_change'] as const;

export type EmailAddressService = ReturnType<typeof createEmailAddressService>;

/** Whose an address is: shown by a token that was mailed to it. */
export function createEmailAddressService(dependencies: EmailAddressServiceDependencies) {
  const { users, unitOfWork, tokens, passwordProof, credentials, authLog, clock } = dependencies;

  async function apply(repositories: EmailAddressRepositories, token: string) {
    const record = await tokens.use(repositories, { token, purposes: PURPOSES });
    const { userId } = record;
    if (!userId) throw badToken();
    const event = record.purpose === 'email_change' ? 'email_change' : 'email_verification';
    const isDone =
      event === 'email_change'
        ? await takeOver(repositories, { ...record, userId })
        : await repositories.users.markEmailVerified({ ...record, id: userId }, clock.now());
    if (!isDone) throw badToken();
    await repositories.auditLog.insert(signInEntry(event, { userId }));
    return { userId, event } as const;
  }

  /** False where the former address is no longer the account's, or the new one is another's by now. */
  async function takeOver(
    { users: accounts, oneTimeTokens }: EmailAddressRepositories,
    { userId, email, formerEmail }: OwnedToken,
  ): Promise<boolean> {
    if (!formerEmail) return false;
    const now = clock.now();
    await oneTimeTokens.endUnused(userId, ENDED_WITH_ADDRESS, now);
    return accounts.changeEmail({ id: userId, formerEmail, email }, now);
  }

  async function getUser(id: UserId): Promise<UserRecord> {
    const user = await users().find(id);
    if (!user) throw notFound('user', id);
    return user;
  }

  return {
    /** Mails the verification again; an address that is verified needs none. */
    async requestVerification({ userId }: Actor): Promise<void> {
      const { email, emailVerifiedAt } = await getUser(userId);
      if (!email || emailVerifiedAt !== null) return;
      await unitOfWork.run(NO_SCOPE, async (repositories) => {
        await tokens.issue(repositories, { purpose: 'email_verification', userId, email });
      });
    },

    /**
     * Mails a token to the new address and a warning to the present one. Whether the new one is taken
     * only the mail's sender finds out. @throws VALIDATION_ERROR for a wrong password
     */
    async requestChange(actor: Actor, input: ChangeEmailInput): Promise<void> {
      authSessionOf(actor);
      const { userId } = actor;
      await passwordProof.assert(actor, input.currentPassword, 'email_change');
      const { email: formerEmail } = await getUser(userId);
      const { email } = input;
      if (email === formerEmail) {
        throw invalid([{ field: 'email', message: 'This is the address of the account already' }]);
      }
      await unitOfWork.run(NO_SCOPE, async (repositories) => {
        const draft = { purpose: 'email_change', userId, email, formerEmail } as const;
        await repositories.oneTimeTokens.endUnused(userId, ['email_change'], clock.now());
        const oneTimeTokenId = await tokens.issue(repositories, draft);
        await repositories.jobs.enqueue(sendEmailChangeNotice, { oneTimeTokenId });
        await repositories.auditLog.insert({
          ...auditedActor(actor),
          action: 'auth.email_change_requested',
          target: { type: 'user', id: userId },
        });
      });
    },

    /** Believes the bearer of a mailed token that its address is theirs. @throws VALIDATION_ERROR */
    async verify({ token }: { readonly token: string }): Promise<void> {
      const { userId, event } = await unitOfWork.run(NO_SCOPE, (repositories) =>
        apply(repositories, token),
      );
      await credentials.forgetAccount(userId);
      authLog.succeeded(event, { userId });
    },
  };
}
