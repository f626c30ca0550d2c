import type { Redis } from 'ioredis';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { superviseRedis } from './supervise-redis.ts';
import { withinTimeout } from './within-timeout.ts';

/** A silence of this length is the end of patience; a Redis that answers others gets it twice. */
const ANSWER_TIMEOUT_MS = 50;
/** For commands of the client's own, which greet and subscribe. */
const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_DELAY_MS = 250;
const DISCONNECT_TIMEOUT_MS = 100;

export type RedisConnection = {
  /**
   * Runs one command. Rejects at once while Redis is gone, and soon where it does not answer:
   * what is kept there may be lost, and callers go on without it.
   */
  run<T>(operation: string, command: (client: Redis) => Promise<T>): Promise<T>;
  /** A second connection for subscriptions; the caller closes it. */
  subscriber(): Redis;
  /** Calls `listener` each time Redis comes back. */
  onReturn(listener: () => void): void;
  /** Throws unless Redis answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

export type RedisDependencies = {
  readonly url: string;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'redisOperationsTotal'>;
};

/** Why a command was not even sent. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';

  constructor() {
    super('Redis does not answer');
  }
}

/** Connects in the background and for good; resolves once the first try has ended either way. */
export async function createRedis({
  url,
  logger,
  metrics,
}: RedisDependencies): Promise<RedisConnection> {
  // Most processes on one machine have no Redis, and need not load its client.
  const { Redis: RedisClient } = await import('ioredis');
  const client = new RedisClient(url, connectionOptions());
  const supervisor = superviseRedis(client, logger);
  await client.connect().catch(() => undefined);

  async function run<T>(operation: string, command: (client: Redis) => Promise<T>): Promise<T> {
    const status = (value: string) =>
      metrics.redisOperationsTotal.inc({ operation, status: value });
    if (!supervisor.isAvailable()) {
      status('skipped');
      throw new RedisUnavailableError();
    }
    try {
      const reply = await withinTimeout(command(client), {
        timeoutMs: ANSWER_TIMEOUT_MS,
        isWorthWaiting: supervisor.expectReply(),
      });
      supervisor.reportReply();
      status('ok');
      return reply;
    } catch (error) {
      status('error');
      supervisor.reportFailure(error);
      throw error;
    }
  }

  return {
    run,
    subscriber: () => {
      const subscriber = new RedisClient(url, { ...connectionOptions(), autoResubscribe: false });
      // Its faults are those of the main connection, which reports them.
      subscriber.on('error', () => undefined);
      return subscriber;
    },
    onReturn: supervisor.onReturn,
    async ping() {
      await run('ping', (redis) => redis.ping());
    },
    async close() {
      supervisor.stop();
      client.disconnect();
    },
  };
}

function connectionOptions() {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: () => RECONNECT_DELAY_MS,
  };
}
