import type { Clock } from '#platform/clock/clock';
import type { UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import { currentContext } from '#platform/telemetry/request-context';
import type { Actor } from '#shared/actor';
import { newId, type AuthSessionId, type UserId } from '#shared/ids';
import { auditedActor, type AuditWriter } from '../audit/audit-entry.ts';
import type { AccessTokens } from '../auth/access-tokens.provider.ts';
import type { AuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { AdministeredUser } from './administered-user.ts';
import type { AdministeredUsersRepository } from './administered-users.repository.ts';
import { assertAdministrator } from './administration.policy.ts';

export type ImpersonateInput = {
  readonly id: UserId;
  /** What the administrator says it is for. */
  readonly purpose: string | null;
};

export type Impersonation = {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly user: AdministeredUser;
};

export type ImpersonationDependencies = {
  readonly unitOfWork: UnitOfWork<{
    readonly administeredUsers: Pick<AdministeredUsersRepository, 'lock'>;
    readonly authSessions: Pick<AuthSessionsRepository, 'insert'>;
    readonly auditLog: AuditWriter;
  }>;
  readonly accessTokens: Pick<AccessTokens, 'issue'>;
  readonly clock: Clock;
  readonly settings: { readonly impersonationMinutes: number };
};

const MINUTE_SECONDS = 60;
const MS_PER_SECOND = 1000;
const USER_AGENT = 'impersonation';

export type ImpersonationService = ReturnType<typeof createImpersonationService>;

/** Administrators in the name of users: for a short time, without a refresh, and never beyond what users may. */
export function createImpersonationService(dependencies: ImpersonationDependencies) {
  const { unitOfWork, accessTokens, clock, settings } = dependencies;
  const expiresInSeconds = settings.impersonationMinutes * MINUTE_SECONDS;

  async function openSession(
    actor: Actor,
    { id: userId, purpose }: ImpersonateInput,
  ): Promise<{ user: AdministeredUser; authSessionId: AuthSessionId }> {
    const authSessionId = newId<AuthSessionId>();
    const expiresAt = new Date(clock.now().getTime() + expiresInSeconds * MS_PER_SECOND);
    const user = await unitOfWork.run({ kind: 'system' }, async (repositories) => {
      const found = await repositories.administeredUsers.lock(userId);
      if (!found) throw notFound('user', userId);
      assertMayBeImpersonated(found);
      await repositories.authSessions.insert({
        id: authSessionId,
        userId,
        impersonatorId: actor.userId,
        userAgent: USER_AGENT,
        ip: currentContext()?.ip ?? null,
        expiresAt,
      });
      await repositories.auditLog.insert({
        ...auditedActor(actor),
        action: 'user.impersonated',
        target: { type: 'user', id: userId },
        after: { purpose, auth_session_id: authSessionId, expires_at: expiresAt.toISOString() },
      });
      return found;
    });
    return { user, authSessionId };
  }

  return {
    /** @throws FORBIDDEN for an administrator, NOT_FOUND, CONFLICT for a deactivated account */
    async impersonate(actor: Actor, input: ImpersonateInput): Promise<Impersonation> {
      assertAdministrator(actor);
      const { user, authSessionId } = await openSession(actor, input);
      const claims = { userId: user.id, authSessionId, impersonatorId: actor.userId };
      const accessToken = await accessTokens.issue(claims, expiresInSeconds);
      return { accessToken, expiresInSeconds, user };
    },
  };
}

function assertMayBeImpersonated(user: AdministeredUser): void {
  if (user.role === 'admin') {
    throw new AppError('forbidden', 'Nobody acts in the name of an administrator', {
      reason: 'impersonation.admin',
    });
  }
  if (!user.isActive) {
    throw new AppError('conflict', 'The account is deactivated', {
      reason: 'account_deactivated',
    });
  }
}
