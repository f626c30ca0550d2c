import { invalid, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { AuthEvent, AuthLog } from '../auth/auth-log.ts';
import type { PasswordGuard } from '../auth/password-guard.service.ts';
import { signInEntry } from '../auth/sign-in-entry.ts';
import type { UsersRepository, UserWithPassword } from './users.repository.ts';

export type PasswordProofDependencies = {
  readonly users: () => Pick<UsersRepository, 'findWithPassword'>;
  readonly passwordGuard: PasswordGuard;
  readonly authLog: Pick<AuthLog, 'failed'>;
  readonly auditLog: () => Pick<AuditLogRepository, 'insert'>;
};

export type PasswordProof = ReturnType<typeof createPasswordProof>;

/** Has the signed-in user prove once more that it is them, before an act that a stolen session must not do. */
export function createPasswordProof(dependencies: PasswordProofDependencies) {
  const { users, passwordGuard, authLog, auditLog } = dependencies;

  async function prove(user: UserWithPassword, password: string, event: AuthEvent): Promise<void> {
    const { id: userId, email, passwordHash } = user;
    const verdict = email ? await passwordGuard.check({ email, passwordHash, password }) : 'wrong';
    if (verdict === 'right') return;
    const reason = verdict === 'blocked' ? 'too_many_attempts' : 'wrong_password';
    authLog.failed(event, reason, { userId });
    await auditLog().insert(signInEntry(event, { userId }, reason));
    throw invalid([{ field: 'current_password', message: 'Current password is incorrect' }]);
  }

  async function getUser({ userId }: Actor): Promise<UserWithPassword> {
    const user = await users().findWithPassword({ id: userId });
    if (!user) throw notFound('user', userId);
    return user;
  }

  return {
    /** @throws VALIDATION_ERROR */
    async assert(actor: Actor, password: string, event: AuthEvent): Promise<void> {
      await prove(await getUser(actor), password, event);
    },

    /** Asks nothing of an account that has no password. @throws VALIDATION_ERROR */
    async assertWhereNeeded(
      actor: Actor,
      password: string | undefined,
      event: AuthEvent,
    ): Promise<void> {
      const user = await getUser(actor);
      if (user.passwordHash === null) return;
      if (password !== undefined) return prove(user, password, event);
      throw invalid([
        { field: 'current_password', message: 'Required: the account has a password' },
      ]);
    },
  };
}
