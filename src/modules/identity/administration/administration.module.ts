import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database } from '#platform/db/database';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import { createAuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { createAdministeredUsersRepository } from './administered-users.repository.ts';
import { createUserAdministration } from './user-administration.service.ts';

export type AdministrationDependencies = {
  readonly database: Database;
  readonly clock: Clock;
  readonly credentials: CredentialService;
};

/** What administrators do with accounts; the routes are those of the module `admin`. */
export function createAdministration({ database, clock, credentials }: AdministrationDependencies) {
  return {
    userAdministration: createUserAdministration({
      administeredUsers: () => createAdministeredUsersRepository(database.forSystem()),
      unitOfWork: createUnitOfWork(database, (queries) => ({
        administeredUsers: createAdministeredUsersRepository(queries),
        authSessions: createAuthSessionsRepository(queries),
        auditLog: createAuditLogRepository(queries),
      })),
      credentials,
      clock,
    }),
  };
}
