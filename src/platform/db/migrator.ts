import { Migrator as KyselyMigrator, type MigrationResultSet } from 'kysely/migration';
import type pg from 'pg';
import { AppError } from '#platform/errors/app-error';
import type { DatabaseEngine } from './engine.ts';
import { listMigrationNames, readMigrations } from './migration-files.ts';
import { createOwnerQueries } from './owner-queries.ts';
import { ensureServiceRole, grantToServiceRole } from './service-role.ts';

type Dependencies = {
  readonly database: Pick<DatabaseEngine, 'runAsOwner'>;
  /** Where the migrations lie. */
  readonly folder: string;
};

export type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

export type UpOptions = {
  /** Installs what is not ours, such as the queue's tables, with the owner's rights; runs at each `up`. */
  readonly afterAsOwner?: (executeSql: ExecuteSql) => Promise<void>;
};

export type MigrationStatus = { readonly name: string; readonly isApplied: boolean };

export interface Migrator {
  /** Applies what is due, and names it. */
  up(options?: UpOptions): Promise<readonly string[]>;
  /** Takes the last one back, and names it. */
  down(): Promise<string | undefined>;
  status(): Promise<readonly MigrationStatus[]>;
  /** Throws unless the schema is exactly what this code expects. */
  assertCurrent(): Promise<void>;
}

const MIGRATIONS_TABLE = 'schema_migrations';
const LOCK_KEY = 7_262_021;

/** Moves the schema forward and back: each migration in one transaction, one process at a time. */
export function createMigrator({ database, folder }: Dependencies): Migrator {
  const asOwner = <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> =>
    database.runAsOwner((client) => underLock(client, () => work(client)));

  return {
    up: ({ afterAsOwner } = {}) =>
      asOwner(async (client) => {
        const due = dueOf(await assertKnown(client));
        await ensureServiceRole(client);
        if (due.length > 0) await applyAll(client);
        await afterAsOwner?.((text, values) => client.query(text, values));
        await grantToServiceRole(client);
        return due;
      }),

    down: () =>
      asOwner(async (client) => {
        await assertKnown(client);
        return step(await stepper(client).migrateDown());
      }),

    async status() {
      const { known, applied } = await database.runAsOwner(compare);
      return [...new Set([...known, ...applied])]
        .toSorted()
        .map((name) => ({ name, isApplied: applied.includes(name) }));
    },

    async assertCurrent() {
      const due = dueOf(await database.runAsOwner(assertKnown));
      if (due.length === 0) return;
      throw new AppError(
        'unavailable',
        `The database lacks the migrations ${due.join(', ')}: run "groundwork migrate up"`,
        {
          reason: 'schema_outdated',
        },
      );
    },
  };

  async function applyAll(client: pg.ClientBase): Promise<void> {
    const migrator = stepper(client);
    // One by one, since the library would apply them all in a single transaction.
    while (step(await migrator.migrateUp()) !== undefined);
  }

  function stepper(client: pg.ClientBase): KyselyMigrator {
    return new KyselyMigrator({
      db: createOwnerQueries(client),
      provider: { getMigrations: () => readMigrations(folder) },
      migrationTableName: MIGRATIONS_TABLE,
      migrationLockTableName: `${MIGRATIONS_TABLE}_lock`,
    });
  }

  /** An older release must not touch, nor run on, a schema that a newer one has changed. */
  async function assertKnown(client: pg.ClientBase): Promise<Comparison> {
    const { known, applied } = await compare(client);
    const unknown = applied.filter((name) => !known.includes(name));
    if (unknown.length === 0) return { known, applied };
    throw new AppError(
      'conflict',
      `The database is newer than this code, which lacks its migrations ${unknown.join(', ')}: run the newer release`,
      {
        reason: 'schema_newer',
      },
    );
  }

  async function compare(client: pg.ClientBase): Promise<Comparison> {
    return { known: await listMigrationNames(folder), applied: await listApplied(client) };
  }
}

type Comparison = { readonly known: readonly string[]; readonly applied: readonly string[] };

function dueOf({ known, applied }: Comparison): readonly string[] {
  return known.filter((name) => !applied.includes(name));
}

async function listApplied(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows: found } = await client.query(`select where to_regclass($1) is not null`, [
    MIGRATIONS_TABLE,
  ]);
  if (found.length === 0) return [];
  const { rows } = await client.query<{ name: string }>(
    `select name from ${MIGRATIONS_TABLE} order by name`,
  );
  return rows.map(({ name }) => name);
}

function step({ error, results }: MigrationResultSet): string | undefined {
  if (error) throw error;
  return results?.[0]?.migrationName;
}

async function underLock<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  try {
    return await work();
  } finally {
    // Also the end of the connection would free it, but the embedded one goes on.
    await client.query('select pg_advisory_unlock($1)', [LOCK_KEY]);
  }
}
