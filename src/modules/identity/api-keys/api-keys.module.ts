import type { Cache } from '#platform/cache/cache';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { Logger } from '#platform/telemetry/logger';
import type { TeamId } from '#shared/ids';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import { createApiKeyCredentials } from './api-key-credentials.service.ts';
import { createApiKeyGrants } from './api-key-grants.service.ts';
import { createApiKeyUsage } from './api-key-usage.service.ts';
import { createApiKeysRepository } from './api-keys.repository.ts';
import { registerApiKeyRoutes } from './api-keys.routes.ts';
import { createApiKeyService } from './api-keys.service.ts';
import { createServiceUsersRepository } from './service-users.repository.ts';

export type ApiKeysDependencies = {
  readonly database: Database;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: { readonly cacheRevokeSeconds: number };
};

/** Keys for programs, and signing requests by them. */
export function createApiKeys({ database, cache, clock, logger, settings }: ApiKeysDependencies) {
  const allApiKeys = () => createApiKeysRepository(database.forSystem());
  const cacheSeconds = settings.cacheRevokeSeconds;
  const grants = createApiKeyGrants({ cache, allApiKeys, cacheSeconds });
  const usage = createApiKeyUsage({ allApiKeys, logger });
  const apiKeys = createApiKeyService({
    apiKeysOf: (teamId: TeamId) => createApiKeysRepository(database.forTeam(teamId)),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      apiKeys: createApiKeysRepository(queries),
      serviceUsers: createServiceUsersRepository(queries),
      auditLog: createAuditLogRepository(queries),
    })),
    grants,
    clock,
  });
  return {
    apiKeyGrants: grants,
    credentialKind: createApiKeyCredentials({ grants, usage, clock }),
    flushUses: usage.flush,
    registerRoutes: (app: App) => registerApiKeyRoutes(app, { apiKeys }),
  };
}
