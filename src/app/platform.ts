import type { Cache } from '#platform/cache/cache';
import { createMemoryCache } from '#platform/cache/memory-cache';
import { createRedis, type RedisConnection } from '#platform/cache/redis';
import { createRedisCache } from '#platform/cache/redis-cache';
import { systemClock } from '#platform/clock/clock';
import type { Config } from '#platform/config/config';
import {
  createDatabase,
  type DatabaseSettings,
  type ServiceDatabase,
} from '#platform/db/create-database';
import { createDatabaseMessageChannel } from '#platform/events/database-message-channel';
import { createEvents } from '#platform/events/create-events';
import { createRedisMessageChannel } from '#platform/events/redis-message-channel';
import type { EmbeddedCluster } from '#platform/db/embedded-cluster';
import { createPgBossQueue } from '#platform/queue/pg-boss-queue';
import { createHttpClient } from '#platform/http-client/http-client';
import { queueConnection } from '#platform/queue/queue-connection';
import { createDurableRateLimiter } from '#platform/rate-limit/durable-rate-limiter';
import { createMemoryRateLimiter } from '#platform/rate-limit/memory-rate-limiter';
import { createRateHitsRepository } from '#platform/rate-limit/rate-hits.repository';
import type { RateLimiter } from '#platform/rate-limit/rate-limiter';
import { createRedisRateLimiter } from '#platform/rate-limit/redis-rate-limiter';
import { currentTraceparent, inTrace } from '#platform/telemetry/tracing';
import type { Telemetry } from './telemetry.ts';

export type Platform = Awaited<ReturnType<typeof createPlatform>>;

export type PlatformOptions = {
  readonly config: Config;
  readonly telemetry: Telemetry;
  /** Where the caller has opened one already; it is then the caller's to close. */
  readonly database?: ServiceDatabase;
  /** The embedded database, where it is being opened already. */
  readonly cluster?: Promise<EmbeddedCluster> | undefined;
};

/** Opens everything that knows no feature. */
export async function createPlatform({ config, telemetry, ...given }: PlatformOptions) {
  const { logger, metrics, observer, tracing } = telemetry;
  const database =
    given.database ?? (await createDatabase(databaseSettings(config, given), { logger, metrics }));
  const redis = config.redis.url && (await createRedis({ url: config.redis.url, logger, metrics }));
  const shared = redis ? await overRedis(redis) : inProcess();
  const events = createEvents({ channel: messageChannel(), logger });
  const httpClient = createHttpClient(config.outgoing);
  const queue = createPgBossQueue({
    connection: queueConnection(database),
    logger,
    metrics,
    currentTraceparent,
    inTrace,
    settings: config.jobs,
  });

  async function overRedis(connection: RedisConnection): Promise<Shared> {
    const { revokeSeconds } = config.cache;
    const { failMode } = config.rateLimits;
    return {
      cache: await createRedisCache({ redis: connection, metrics, revokeSeconds }),
      rateLimiter: createRedisRateLimiter({ redis: connection, metrics, failMode }),
    };
  }

  /** None for an embedded database, which has one process only. */
  function messageChannel() {
    if (redis) return createRedisMessageChannel(redis);
    return database.isEmbedded ? undefined : createDatabaseMessageChannel(database);
  }

  function inProcess(): Shared {
    const rateLimiter = createDurableRateLimiter({
      memory: createMemoryRateLimiter(),
      rateHits: () => createRateHitsRepository(database.unscoped()),
      logger,
    });
    return { cache: createMemoryCache({ metrics }), rateLimiter };
  }

  return {
    config,
    clock: systemClock,
    logger,
    metrics,
    observer,
    database,
    redis: redis || undefined,
    ...shared,
    queue,
    events,
    httpClient,
    async close(): Promise<void> {
      await httpClient.close();
      await events.close();
      await shared.rateLimiter.close();
      await shared.cache.close();
      if (redis) await redis.close();
      if (!given.database) await database.close();
      await Promise.all([tracing?.shutdown(), observer?.close()]);
    },
  };
}

type Shared = { readonly cache: Cache; readonly rateLimiter: RateLimiter };

function databaseSettings(
  { database, app }: Config,
  { cluster }: Pick<PlatformOptions, 'cluster'>,
): DatabaseSettings {
  if (!database.url) return { kind: 'embedded', dataFolder: app.dataDirectory, cluster };
  const { url, poolSize, statementTimeoutMs } = database;
  return { kind: 'server', url, poolSize, statementTimeoutMs };
}
