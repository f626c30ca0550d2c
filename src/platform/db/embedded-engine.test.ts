import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '#platform/telemetry/metrics';
import { readSeed } from '#test/database';
import { silentLogger } from '#test/silent-logger';
import { createDatabase, type ServiceDatabase } from './create-database.ts';
import { createEmbeddedEngine } from './embedded-engine.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import type { DatabaseEngine } from './engine.ts';

const ID = '01a1fc01-c3a4-7186-81c6-66acf480af0a';
const INSERT_USER = `insert into users (id, email) values (gen_random_uuid(), gen_random_uuid())`;

let template: string;
let folder: string;
const engines: DatabaseEngine[] = [];
const opened: ServiceDatabase[] = [];
const children: ReturnType<typeof spawn>[] = [];

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'groundwork-'));
  const database = await openIn(template, await readSeed());
  await database.close();
});
afterAll(() => rm(template, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundwork-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const each of [...opened.splice(0), ...engines.splice(0)]) await each.close();
  await rm(folder, { recursive: true });
});

function openIn(dataFolder: string, seed?: Uint8Array<ArrayBuffer>): Promise<ServiceDatabase> {
  return createDatabase(
    { kind: 'embedded', dataFolder, ...(seed && { seed }) },
    { logger: silentLogger, metrics: createMetrics() },
  );
}

async function open(): Promise<ServiceDatabase> {
  const database = await openIn(folder);
  opened.push(database);
  return database;
}

const useTemplate = () => cp(template, folder, { recursive: true });

async function startProcess() {
  const child = spawn(process.execPath, ['test/support/embedded-process.ts', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  expect(await nextLine()).toBe('ready');
  return {
    pid: child.pid,
    nextLine,
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('the data folder', () => {
  it('keeps what was written for the next start', async () => {
    await useTemplate();
    const first = await open();
    await first.unscoped().insertInto('users').values({ id: ID, email: 'a@example.com' }).execute();
    await opened.pop()?.close();
    const second = await open();
    const users = await second.unscoped().selectFrom('users').select('email').execute();
    expect(users).toEqual([{ email: 'a@example.com' }]);
  });

  it('is refused to a second process, which is told whose it is', async () => {
    await useTemplate();
    const other = await startProcess();
    await expect(open()).rejects.toMatchObject({
      message: expect.stringContaining(
        `"${join(folder, 'postgres')}" is in use by process ${other.pid}`,
      ),
      options: { reason: 'data_folder_in_use' },
    });
  });

  it('is refused to a second user in the same process', async () => {
    await useTemplate();
    await open();
    await expect(open()).rejects.toMatchObject({ options: { reason: 'data_folder_in_use' } });
  });

  it('holds every acknowledged row after kill -9, and is free at once', async () => {
    await useTemplate();
    const writer = await startProcess();
    let acknowledged = 0;
    while (acknowledged < 100) acknowledged = Number(await writer.nextLine());
    await writer.kill();
    const database = await open();
    const { rows } = await database.runAsOwner((client) =>
      client.query<{ n: number }>('select n from written order by n'),
    );
    const numbers = rows.map(({ n }) => n);
    expect(numbers.length).toBeGreaterThanOrEqual(acknowledged);
    expect(numbers).toEqual(numbers.map((_n, index) => index + 1));
  });

  it('begins anew when its creation was interrupted, and keeps what was there aside', async () => {
    const cluster = join(folder, 'postgres', 'cluster');
    await mkdir(cluster, { recursive: true });
    await writeFile(join(cluster, 'PG_VERSION'), '18');
    await open();
    const names = await readdir(join(folder, 'postgres'));
    expect(names).toContainEqual(expect.stringContaining('cluster.interrupted-'));
  });
});

describe('the embedded engine', () => {
  async function start() {
    await useTemplate();
    const cluster = join(folder, 'postgres', 'cluster');
    const postgres = await startEmbeddedPostgres({ folder: cluster, seed: undefined });
    const engine = createEmbeddedEngine(postgres, { logger: silentLogger });
    engines.push(engine);
    return { postgres, pool: engine.pool };
  }

  it('asks the disk to sync once for each commit, and not for reading', async () => {
    const { postgres, pool } = await start();
    const countSyncs = async (text: string) => {
      const before = postgres.syncCount();
      for (let i = 0; i < 5; i += 1) await pool.query(text);
      return postgres.syncCount() - before;
    };
    await pool.query(INSERT_USER);
    expect(await countSyncs(INSERT_USER)).toBe(5);
    expect(await countSyncs('select * from users')).toBe(0);
  });

  it('starts again after its thread broke, with all that was committed', async () => {
    const { postgres, pool } = await start();
    await pool.query(INSERT_USER);
    const stream = postgres.openStream();
    const broken = new Promise((resolve) => stream.once('error', resolve));
    Reflect.apply(Reflect.get(stream, 'connect'), stream, []);
    await once(stream, 'connect');
    // A startup of no known protocol, on which the engine throws.
    stream.write(Buffer.from([0, 0, 0, 8, 0, 0, 0, 0]));
    await broken;
    const countUsers = async () => (await pool.query('select from users')).rowCount;
    await expect.poll(countUsers, { timeout: 30_000 }).toBe(1);
  });
});
