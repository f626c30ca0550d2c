import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import type { AuditWriter } from '../audit/audit-entry.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import type { AuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { signInEntry } from '../auth/sign-in-entry.ts';
import type { SignInAttemptsRepository } from '../auth/sign-in-attempts.repository.ts';
import type { OneTimeTokensRepository } from '../one-time-tokens/one-time-tokens.repository.ts';
import {
  badToken,
  type IssuingRepositories,
  type OneTimeTokenService,
} from '../one-time-tokens/one-time-tokens.service.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type { UsersRepository } from '../users/users.repository.ts';

export type PasswordResetRepositories = IssuingRepositories & {
  readonly oneTimeTokens: Pick<OneTimeTokensRepository, 'insert' | 'use' | 'endUnused'>;
  readonly users: Pick<UsersRepository, 'resetPassword'>;
  readonly authSessions: Pick<AuthSessionsRepository, 'revokeAll'>;
  readonly signInAttempts: Pick<SignInAttemptsRepository, 'clear'>;
  readonly auditLog: AuditWriter;
};

export type PasswordResetServiceDependencies = {
  readonly unitOfWork: UnitOfWork<PasswordResetRepositories>;
  readonly tokens: OneTimeTokenService;
  readonly passwords: Pick<PasswordService, 'hashNew'>;
  readonly credentials: Pick<CredentialService, 'forgetAccount' | 'forgetAuthSessions'>;
  readonly authLog: AuthLog;
  readonly clock: Clock;
};

export type ResetPasswordInput = { readonly token: string; readonly newPassword: string };

const NO_SCOPE: Scope = { kind: 'none' };
const PURPOSES = ['password_reset'] as const;
/** Whoever asked for another address may be who the password is set against. */
const ENDED_WITH_PASSWORD = ['password_reset', 'email_change'] as const;

export type PasswordResetService = ReturnType<typeof createPasswordResetService>;

export function createPasswordResetService(dependencies: PasswordResetServiceDependencies) {
  const { unitOfWork, tokens, passwords, credentials, authLog, clock } = dependencies;

  async function apply(
    repositories: PasswordResetRepositories,
    { token, passwordHash }: { readonly token: string; readonly passwordHash: string },
  ) {
    const now = clock.now();
    const { userId, email } = await tokens.use(repositories, { token, purposes: PURPOSES });
    if (!userId) throw badToken();
    const isReset = await repositories.users.resetPassword(
      { id: userId, email },
      { passwordHash, now },
    );
    if (!isReset) throw badToken();
    await repositories.oneTimeTokens.endUnused(userId, ENDED_WITH_PASSWORD, now);
    await repositories.signInAttempts.clear(email);
    await repositories.auditLog.insert(signInEntry('password_reset', { userId }));
    const revocation = { at: now, reason: 'password_reset' } as const;
    return { userId, revoked: await repositories.authSessions.revokeAll(userId, revocation) };
  }

  return {
    /** Mails a token to the owner of the address; whether there is one, the mail's sender finds out. */
    async request({ email }: { readonly email: EmailAddress }): Promise<void> {
      await unitOfWork.run(NO_SCOPE, async (repositories) => {
        await tokens.issue(repositories, { purpose: 'password_reset', userId: null, email });
      });
    },

    /** Sets a new password, lifts a lock, and signs out everywhere. @throws VALIDATION_ERROR */
    async reset({ token, newPassword }: ResetPasswordInput): Promise<void> {
      await tokens.assertLive({ token, purposes: PURPOSES });
      const passwordHash = await passwords.hashNew(newPassword, 'new_password');
      const { userId, revoked } = await unitOfWork.run(NO_SCOPE, (repositories) =>
        apply(repositories, { token, passwordHash }),
      );
      await credentials.forgetAuthSessions(revoked);
      await credentials.forgetAccount(userId);
      authLog.succeeded('password_reset', { userId });
    },
  };
}
