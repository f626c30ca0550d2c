import pg from 'pg';
import type { Logger } from '#platform/telemetry/logger';
import { CoalescingSocket } from './coalescing-socket.ts';
import type { DatabaseEngine } from './engine.ts';
import { listenOnServer } from './server-listener.ts';
import { prepareSession } from './session.ts';

export type ServerSettings = {
  readonly kind: 'server';
  readonly url: string;
  readonly poolSize: number;
  /** A statement that runs longer is cancelled. */
  readonly statementTimeoutMs: number;
  /** How long to wait for a free connection, or for a new one. */
  readonly acquireTimeoutMs?: number;
};

const ACQUIRE_TIMEOUT_MS = 3000;
const KEEP_ALIVE_DELAY_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;
// When even the word of the cancellation does not arrive, the server is gone.
const ANSWER_GRACE_MS = 500;

/** A pool of connections to a Postgres server. */
export function createServerEngine(
  { url, poolSize, statementTimeoutMs, acquireTimeoutMs = ACQUIRE_TIMEOUT_MS }: ServerSettings,
  { logger }: { readonly logger: Pick<Logger, 'warn'> },
): DatabaseEngine {
  const connection = {
    connectionString: url,
    application_name: 'groundwork',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    connectionTimeoutMillis: acquireTimeoutMs,
  };
  const onLost = (error: unknown) => logger.warn({ err: error }, 'lost a database connection');
  const pool = new pg.Pool({
    ...connection,
    stream: () => new CoalescingSocket(),
    max: poolSize,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    onConnect: (client) => prepareSession(client, { statementTimeoutMs }),
  });
  // Without a listener, the loss of an idle connection would end the process.
  pool.on('error', onLost);

  return {
    isEmbedded: false,
    pool,

    async runAsOwner(work) {
      const client = new pg.Client(connection);
      client.on('error', onLost);
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    },

    listen: (channel, handlers) =>
      listenOnServer(channel, handlers, { openClient: () => new pg.Client(connection), onLost }),

    close: () => pool.end(),
  };
}
