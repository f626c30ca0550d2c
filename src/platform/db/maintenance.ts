import type { Logger } from '#platform/telemetry/logger';
import type { DatabaseEngine } from './engine.ts';

export type MaintenanceLimits = {
  /** A checkpoint is due once so much was written since the last one … */
  readonly checkpointBytes: number;
  /** … or after this time, if anything worth it was. */
  readonly checkpointSeconds: number;
};

const MEBIBYTE = 1_048_576;
const LIMITS: MaintenanceLimits = { checkpointBytes: 64 * MEBIBYTE, checkpointSeconds: 300 };
const WORTH_A_CHECKPOINT_BYTES = 65_536;
const INTERVAL_MS = 5000;

type Owner = Pick<DatabaseEngine, 'runAsOwner'>;

/** Does by a timer what a server's background processes do, since the embedded Postgres has none. */
export function startMaintenance(
  owner: Owner,
  { logger }: { readonly logger: Pick<Logger, 'warn'> },
) {
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();

  function schedule(): void {
    timer = setTimeout(() => {
      running = maintain(owner, LIMITS)
        .catch((error: unknown) => logger.warn({ err: error }, 'database upkeep failed'))
        .finally(schedule);
    }, INTERVAL_MS).unref();
  }

  schedule();
  return {
    async stop(): Promise<void> {
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}

/** Checkpoints and vacuums what is due, one table at a time, so that nobody waits long for the session. */
export async function maintain(owner: Owner, limits: MaintenanceLimits): Promise<void> {
  if (await isCheckpointDue(owner, limits))
    await owner.runAsOwner((client) => client.query('checkpoint'));
  for (const table of await findTablesToVacuum(owner)) {
    await owner.runAsOwner((client) => client.query(`vacuum (analyze) ${table}`));
  }
}

async function isCheckpointDue(owner: Owner, limits: MaintenanceLimits): Promise<boolean> {
  const { rows } = await owner.runAsOwner((client) =>
    client.query<{ bytes: number; seconds: number }>(`
      select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 as bytes,
             extract(epoch from now() - checkpoint_time)::float8 as seconds
      from pg_control_checkpoint()`),
  );
  const { bytes = 0, seconds = 0 } = rows[0] ?? {};
  if (bytes >= limits.checkpointBytes) return true;
  return seconds >= limits.checkpointSeconds && bytes >= WORTH_A_CHECKPOINT_BYTES;
}

/** By the rules of Postgres' own autovacuum. */
async function findTablesToVacuum(owner: Owner): Promise<readonly string[]> {
  const { rows } = await owner.runAsOwner((client) =>
    client.query<{ name: string }>(`
      select format('%I.%I', schemaname, relname) as name
      from pg_stat_user_tables
      where n_dead_tup > 50 + 0.2 * n_live_tup
         or n_mod_since_analyze > 50 + 0.1 * n_live_tup
         or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup`),
  );
  return rows.map(({ name }) => name);
}
