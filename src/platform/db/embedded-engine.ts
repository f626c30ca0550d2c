import pg from 'pg';
import type { Logger } from '#platform/telemetry/logger';
import type { EmbeddedCluster } from './embedded-cluster.ts';
import type { EmbeddedPostgres } from './embedded-postgres.ts';
import { createSharedListener } from './embedded-listener.ts';
import type { DatabaseEngine } from './engine.ts';
import { startMaintenance } from './maintenance.ts';
import { ensureServiceRole, SERVICE_ROLE } from './service-role.ts';
import { prepareSession } from './session.ts';

type Dependencies = { readonly logger: Pick<Logger, 'warn'> };

// Callers queue for the only session, and one may have to wait for an upkeep of some seconds.
const ACQUIRE_TIMEOUT_MS = 15_000;
// The engine has no timer to cancel a statement with.
const NO_LIMIT_MS = 0;

/** The engine over a cluster, with the upkeep that its files need. */
export function openEmbeddedEngine(
  cluster: EmbeddedCluster,
  { logger, isKept }: Dependencies & { readonly isKept: boolean },
): DatabaseEngine {
  const { setAside } = cluster;
  if (setAside) logger.warn({ folder: setAside }, 'set an unfinished database aside');
  const engine = createEmbeddedEngine(cluster, { logger });
  if (!isKept) return engine;
  const maintenance = startMaintenance(engine, { logger });
  return {
    ...engine,
    async close() {
      await maintenance.stop();
      await engine.close();
    },
  };
}

/** A pool of one connection over the embedded Postgres, which has a single session. */
export function createEmbeddedEngine(
  postgres: EmbeddedPostgres,
  { logger }: Dependencies,
): DatabaseEngine {
  const listener = createSharedListener();
  const pool = new pg.Pool({
    max: 1,
    user: 'postgres',
    database: 'postgres',
    stream: () => postgres.openStream(),
    connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
    idleTimeoutMillis: 0,
    onConnect: prepareClient,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'lost the embedded database'));

  async function prepareClient(client: pg.ClientBase): Promise<void> {
    // The session outlives its connections: what a broken one left behind ends here.
    await client.query('rollback');
    await client.query('discard all');
    await ensureServiceRole(client);
    await prepareSession(client, { statementTimeoutMs: NO_LIMIT_MS });
    await listener.attach(client);
  }

  return {
    isEmbedded: true,
    pool,
    listen: (channel, handlers) => listener.listen(channel, { handlers, pool }),

    async runAsOwner(work) {
      const client = await pool.connect();
      try {
        await client.query('reset role');
        const result = await work(client);
        await client.query(`set role ${SERVICE_ROLE}`);
        client.release();
        return result;
      } catch (error) {
        // Connecting anew takes the owner's rights away from the session.
        client.release(true);
        throw error;
      }
    },

    async close() {
      await pool.end();
      await postgres.close();
    },
  };
}
