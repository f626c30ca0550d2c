import type { Cache } from '#platform/cache/cache';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database } from '#platform/db/database';
import type { HttpClient } from '#platform/http-client/http-client';
import type { Logger } from '#platform/telemetry/logger';
import type { UserId } from '#shared/ids';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type { RegistrationMode } from '../registration/registration.policy.ts';
import { createTeamsRepository } from '../teams/teams.repository.ts';
import { createUsersRepository } from '../users/users.repository.ts';
import { createExternalCredentials } from './external-credentials.service.ts';
import { createExternalTokens } from './external-tokens.provider.ts';
import { createExternalUserService } from './external-users.service.ts';
import { createIdentitiesRepository } from './identities.repository.ts';
import { createIssuerKeys } from './issuer-keys.provider.ts';
import type { Issuer } from './issuer.ts';

export type IssuersDependencies = {
  readonly database: Database;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly httpClient: HttpClient;
  readonly credentials: CredentialService;
  readonly authLog: AuthLog;
  readonly eraseUser: (userId: UserId) => Promise<void>;
  readonly settings: {
    readonly issuers: readonly Issuer[];
    readonly cacheRevokeSeconds: number;
    readonly registrationMode: RegistrationMode;
  };
};

/** The part of identity that takes the word of other issuers. */
export function createIssuers(dependencies: IssuersDependencies) {
  const { database, settings } = dependencies;
  const externalUsers = createExternalUserService({
    ...dependencies,
    identities: () => createIdentitiesRepository(database.unscoped()),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      identities: createIdentitiesRepository(queries),
      users: createUsersRepository(queries),
      teams: createTeamsRepository(queries),
      auditLog: createAuditLogRepository(queries),
    })),
    cacheSeconds: settings.cacheRevokeSeconds,
    registrationMode: settings.registrationMode,
  });
  const externalTokens = createExternalTokens({
    issuers: settings.issuers,
    keysOf: (jwksUrl) => createIssuerKeys(jwksUrl, dependencies),
    clock: dependencies.clock,
  });
  return {
    externalUsers,
    externalCredentials: createExternalCredentials({ externalTokens, externalUsers }),
  };
}
