import type { Cache } from '#platform/cache/cache';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { HttpClient } from '#platform/http-client/http-client';
import { createSealedSecrets } from '#platform/secrets/reseal-secrets';
import { createSecretBox } from '#platform/secrets/secret-box';
import type { Logger } from '#platform/telemetry/logger';
import type { TeamId } from '#shared/ids';
import { createKeyAudit, type EventLog } from './key-audit.ts';
import { createKeyring, type KeyringDependencies } from './keyring.service.ts';
import { createKeyProbe } from './probe/key-probe.provider.ts';
import { createProviderKeysEraser } from './provider-keys-eraser.service.ts';
import { createProviderKeysRepository } from './provider-keys.repository.ts';
import { registerProviderKeyRoutes } from './provider-keys.routes.ts';
import { createProviderKeyService } from './provider-keys.service.ts';

export type ProviderKeysDependencies = {
  readonly database: Database;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  readonly httpClient: Pick<HttpClient, 'assertAllowed' | 'fetch'>;
  readonly eventLogWithin: (queries: Queries) => EventLog;
  readonly deployment: KeyringDependencies['deployment'];
  readonly settings: {
    readonly encryptionKeys: readonly string[];
    readonly cacheSeconds: number;
  };
};

/** Keys of providers that teams bring, kept sealed. */
export function createProviderKeys(dependencies: ProviderKeysDependencies) {
  const { database, httpClient, settings } = dependencies;
  const secretBox = createSecretBox(settings.encryptionKeys);
  const keysOf = (teamId: TeamId) => createProviderKeysRepository(database.forTeam(teamId));
  const keyring = createKeyring({
    ...dependencies,
    keysOf,
    secretBox,
    guardedFetch: httpClient.fetch,
    cacheSeconds: settings.cacheSeconds,
  });
  const providerKeys = createProviderKeyService({
    unitOfWork: createUnitOfWork(database, (queries) => ({
      keys: createProviderKeysRepository(queries),
      audit: createKeyAudit(dependencies.eventLogWithin(queries)),
    })),
    keysOf,
    keyring,
    probe: createKeyProbe(),
    secretBox,
    httpClient,
    deployment: dependencies.deployment,
  });
  const allKeys = () => createProviderKeysRepository(database.forSystem());
  const column = { table: 'provider_keys', column: 'sealed_key' };
  return {
    keyring,
    secrets: createSealedSecrets({ database, secretBox, ...column }),
    /** To be added to identity's. */
    userEraser: createProviderKeysEraser({ allKeys, keyring }),
    registerRoutes: (app: App) => registerProviderKeyRoutes(app, { providerKeys }),
  };
}
