import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { AuthSessionId } from '#shared/ids';
import type { Page } from '#shared/page';
import { auditedActor } from '../audit/audit-entry.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import { authSessionOf } from '../auth/auth-session-of.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type {
  LiveAuthSessionListing,
  LiveAuthSessionRecord,
  LiveAuthSessionsRepository,
} from './live-auth-sessions.repository.ts';

export type SignedInPlace = LiveAuthSessionRecord & { readonly isCurrent: boolean };

export type AuthSessionServiceDependencies = {
  readonly liveAuthSessions: () => Pick<LiveAuthSessionsRepository, 'list'>;
  readonly unitOfWork: UnitOfWork<{
    liveAuthSessions: Pick<LiveAuthSessionsRepository, 'revoke' | 'revokeOthers'>;
    auditLog: Pick<AuditLogRepository, 'insert'>;
  }>;
  readonly credentials: Pick<CredentialService, 'forgetAuthSessions'>;
  readonly clock: Clock;
};

const NO_SCOPE: Scope = { kind: 'none' };

export type AuthSessionService = ReturnType<typeof createAuthSessionService>;

/** Where a user is signed in, for the user in person. */
export function createAuthSessionService(dependencies: AuthSessionServiceDependencies) {
  const { liveAuthSessions, unitOfWork, credentials, clock } = dependencies;

  return {
    /** @throws UNAUTHORIZED for who is not signed in by a session, FORBIDDEN in another's name */
    async list(
      actor: Actor,
      listing: Omit<LiveAuthSessionListing, 'at'>,
    ): Promise<Page<SignedInPlace>> {
      const currentId = authSessionOf(actor);
      const page = await liveAuthSessions().list(actor.userId, { ...listing, at: clock.now() });
      const items = page.items.map((item) => ({ ...item, isCurrent: item.id === currentId }));
      return { ...page, items };
    },

    /** Signs out there, at the latest within seconds. @throws NOT_FOUND, UNAUTHORIZED, FORBIDDEN */
    async revoke(actor: Actor, { id }: { readonly id: AuthSessionId }): Promise<void> {
      authSessionOf(actor);
      const { userId } = actor;
      await unitOfWork.run(NO_SCOPE, async (repositories) => {
        const isRevoked = await repositories.liveAuthSessions.revoke({ userId, id }, clock.now());
        if (!isRevoked) throw notFound('auth_session', id);
        await repositories.auditLog.insert({
          ...auditedActor(actor),
          action: 'auth_session.revoked',
          target: { type: 'auth_session', id },
        });
      });
      await credentials.forgetAuthSessions([id]);
    },

    /** Signs out everywhere but here. @throws UNAUTHORIZED, FORBIDDEN */
    async revokeOthers(actor: Actor): Promise<void> {
      const kept = authSessionOf(actor);
      const { userId } = actor;
      const revoked = await unitOfWork.run(NO_SCOPE, async (repositories) => {
        const ids = await repositories.liveAuthSessions.revokeOthers({ userId, kept }, clock.now());
        await repositories.auditLog.insert({
          ...auditedActor(actor),
          action: 'auth_session.others_revoked',
          target: { type: 'user', id: userId },
          after: { auth_session_id: kept, revoked: ids.length },
        });
        return ids;
      });
      await credentials.forgetAuthSessions(revoked);
    },
  };
}
