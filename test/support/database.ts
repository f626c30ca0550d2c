import { createDatabase, type ServiceDatabase } from '#platform/db/create-database';
import { createEmbeddedEngine } from '#platform/db/embedded-engine';
import { startEmbeddedPostgres } from '#platform/db/embedded-postgres';
import type { DatabaseEngine } from '#platform/db/engine';
import { createMigrator } from '#platform/db/migrator';
import { installQueue } from '#platform/queue/install-queue';
import { createMetrics } from '#platform/telemetry/metrics';
import { cachedFile, hashOfSchema, MIGRATIONS } from './schema-cache.ts';
import { createServerDatabase } from './server-database.ts';
import { silentLogger } from './silent-logger.ts';

export type TestDatabase = {
  readonly database: ServiceDatabase;
  /** Where the server is; the embedded database has no address. */
  readonly url: string | undefined;
  close(): Promise<void>;
};

const POOL_SIZE = 4;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * A migrated database of a test file's own, with the same rights as in production: embedded, or on the
 * server of TEST_DATABASE_URL.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = process.env['TEST_DATABASE_URL'];
  return adminUrl ? createOnServer(adminUrl) : createEmbedded();
}

/** A dumped, migrated data folder, to start an embedded database from at once. */
export async function readSeed(): Promise<Uint8Array<ArrayBuffer>> {
  return cachedFile(`postgres-${await hashOfSchema()}.tar`, makeSeed);
}

async function createEmbedded(): Promise<TestDatabase> {
  const seed = await readSeed();
  const database = await createDatabase(
    { kind: 'embedded', dataFolder: undefined, seed },
    { logger: silentLogger, metrics: createMetrics() },
  );
  return { database, url: undefined, close: () => database.close() };
}

async function makeSeed(): Promise<Uint8Array<ArrayBuffer>> {
  const postgres = await startEmbeddedPostgres({ folder: undefined, seed: undefined });
  const engine = createEmbeddedEngine(postgres, { logger: silentLogger });
  await migrate(engine);
  await engine.runAsOwner((client) => client.query('checkpoint'));
  const seed = await postgres.dump();
  await engine.close();
  return seed;
}

async function createOnServer(adminUrl: string): Promise<TestDatabase> {
  const { url, drop } = await createServerDatabase(adminUrl, async (templateUrl) => {
    const template = await openServer(templateUrl);
    await migrate(template);
    await template.close();
  });
  const database = await openServer(url);
  return {
    database,
    url,
    async close() {
      await database.close();
      await drop();
    },
  };
}

function openServer(url: string): Promise<ServiceDatabase> {
  return createDatabase(
    { kind: 'server', url, poolSize: POOL_SIZE, statementTimeoutMs: STATEMENT_TIMEOUT_MS },
    { logger: silentLogger, metrics: createMetrics() },
  );
}

async function migrate(database: Pick<DatabaseEngine, 'runAsOwner'>): Promise<void> {
  await createMigrator({ database, folder: MIGRATIONS }).up({ afterAsOwner: installQueue });
}
