import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { registerAuthSessionRoutes } from './auth-sessions.routes.ts';
import { createAuthSessionService } from './auth-sessions.service.ts';
import { createLiveAuthSessionsRepository } from './live-auth-sessions.repository.ts';

export type AuthSessionsDependencies = {
  readonly database: Database;
  readonly credentials: Pick<CredentialService, 'forgetAuthSessions'>;
  readonly clock: Clock;
};

/** Where users are signed in, for themselves to see and end. */
export function createAuthSessions({ database, credentials, clock }: AuthSessionsDependencies) {
  const authSessions = createAuthSessionService({
    liveAuthSessions: () => createLiveAuthSessionsRepository(database.unscoped()),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      liveAuthSessions: createLiveAuthSessionsRepository(queries),
      auditLog: createAuditLogRepository(queries),
    })),
    credentials,
    clock,
  });
  return { registerRoutes: (app: App) => registerAuthSessionRoutes(app, { authSessions }) };
}
