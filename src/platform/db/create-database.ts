import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Database } from './database.ts';
import {
  openEmbeddedCluster,
  type ClusterSettings,
  type EmbeddedCluster,
} from './embedded-cluster.ts';
import { openEmbeddedEngine } from './embedded-engine.ts';
import type { DatabaseEngine } from './engine.ts';
import { rethrowTranslated } from './error-translation.ts';
import { watchPool } from './pool-metrics.ts';
import { createScopedDatabase } from './scoped-database.ts';
import { createServerEngine, type ServerSettings } from './server-engine.ts';

export type EmbeddedSettings = ClusterSettings & {
  readonly kind: 'embedded';
  /** Where it is being opened already. */
  readonly cluster?: Promise<EmbeddedCluster> | undefined;
};

export type DatabaseSettings = EmbeddedSettings | ServerSettings;

export type DatabaseDependencies = {
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: Pick<
    Metrics,
    'dbQueriesTotal' | 'dbQueryDurationSeconds' | 'dbPoolConnections'
  >;
};

export type ServiceDatabase = Database &
  Pick<DatabaseEngine, 'isEmbedded' | 'pool' | 'runAsOwner' | 'listen'>;

/** Opens the database, embedded or on a server: from here on both are the same. */
export async function createDatabase(
  settings: DatabaseSettings,
  dependencies: DatabaseDependencies,
): Promise<ServiceDatabase> {
  const engine = await openEngine(settings, dependencies);
  const { isEmbedded, pool, listen } = engine;
  const watch = watchPool(pool, dependencies.metrics);
  return {
    ...createScopedDatabase(engine, dependencies),
    isEmbedded,
    pool,
    runAsOwner: (work) => engine.runAsOwner(work).catch(rethrowTranslated),
    listen,
    async close() {
      watch.stop();
      await engine.close();
    },
  };
}

async function openEngine(
  settings: DatabaseSettings,
  dependencies: DatabaseDependencies,
): Promise<DatabaseEngine> {
  if (settings.kind === 'server') return createServerEngine(settings, dependencies);
  const cluster = await (settings.cluster ?? openEmbeddedCluster(settings));
  const isKept = settings.dataFolder !== undefined;
  return openEmbeddedEngine(cluster, { ...dependencies, isKept });
}
