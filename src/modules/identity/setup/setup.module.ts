import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import { createTeamsRepository } from '../teams/teams.repository.ts';
import { createUsersRepository } from '../users/users.repository.ts';
import { createSetupToken } from './setup-token.provider.ts';
import { createSetupRepository } from './setup.repository.ts';
import { registerSetupRoutes } from './setup.routes.ts';
import { createSetupService } from './setup.service.ts';

export type SetupDependencies = {
  readonly database: Database;
  readonly passwords: PasswordService;
  readonly authLog: AuthLog;
  readonly settings: {
    readonly jwtSecretKey: string;
    readonly setupToken?: string | undefined;
    readonly isSetupOpenLocally: boolean;
  };
};

/** The first run: who becomes the first administrator. */
export function createSetup(dependencies: SetupDependencies) {
  const { database, settings } = dependencies;
  const { jwtSecretKey: secret, setupToken: configured } = settings;
  const setup = createSetupService({
    ...dependencies,
    setup: () => createSetupRepository(database.unscoped()),
    users: () => createUsersRepository(database.forSystem()),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      setup: createSetupRepository(queries),
      users: createUsersRepository(queries),
      teams: createTeamsRepository(queries),
      auditLog: createAuditLogRepository(queries),
    })),
    setupToken: createSetupToken({ configured, secret }),
    isOpenLocally: settings.isSetupOpenLocally,
  });
  return { setup, registerRoutes: (app: App) => registerSetupRoutes(app, { setup }) };
}
