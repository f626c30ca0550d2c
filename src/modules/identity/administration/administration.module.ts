import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database } from '#platform/db/database';
import type { JobQueue } from '#platform/queue/job-queue';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import type { AccessTokens } from '../auth/access-tokens.provider.ts';
import { createAuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { createOneTimeTokensRepository } from '../one-time-tokens/one-time-tokens.repository.ts';
import type { OneTimeTokenService } from '../one-time-tokens/one-time-tokens.service.ts';
import { createAdministeredUsersRepository } from './administered-users.repository.ts';
import { createImpersonationService } from './impersonation.service.ts';
import { createUserAdministration } from './user-administration.service.ts';

export type AdministrationDependencies = {
  readonly database: Database;
  readonly clock: Clock;
  readonly credentials: CredentialService;
  readonly accessTokens: AccessTokens;
  readonly tokens: OneTimeTokenService;
  readonly queue: JobQueue;
  readonly settings: { readonly impersonationMinutes: number };
};

/** What administrators do with accounts; the routes are those of the module `admin`. */
export function createAdministration(dependencies: AdministrationDependencies) {
  const { database, queue } = dependencies;
  const unitOfWork = createUnitOfWork(database, (queries) => ({
    administeredUsers: createAdministeredUsersRepository(queries),
    authSessions: createAuthSessionsRepository(queries),
    auditLog: createAuditLogRepository(queries),
    oneTimeTokens: createOneTimeTokensRepository(queries),
    jobs: queue.within(queries),
  }));
  return {
    userAdministration: createUserAdministration({
      ...dependencies,
      administeredUsers: () => createAdministeredUsersRepository(database.forSystem()),
      unitOfWork,
    }),
    impersonation: createImpersonationService({ ...dependencies, unitOfWork }),
  };
}
