import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase } from '#platform/db/create-database';
import { createMetrics } from '#platform/telemetry/metrics';
import { findMentions } from '#test/catalogue';
import { createClient, signUp, TEST_PASSWORD, uploadAndWait } from '#test/client';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';
import { silentLogger } from '#test/silent-logger';

let dataDir: string;
let database: ProcessDatabase;
let server: ServerProcess;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-erasure-'));
  database = await createProcessDatabase();
  server = await start();
});
afterEach(async () => {
  await server.kill();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('an erasure whose process is killed is finished by the next one, and says the same', async () => {
  const leaver = await signUp(server.baseUrl);
  const { id: projectId } = (await leaver.client.post('/projects', { name: 'Crash' })).body;
  await uploadAndWait(leaver.client, projectId, { name: 'long.txt', content: longText() });
  const blobs = await listBlobs();
  expect(blobs).toHaveLength(1);

  const accepted = await leaver.client.call('DELETE', '/users/me', {
    current_password: TEST_PASSWORD,
  });
  expect(accepted).toMatchObject({ status: 202, body: { status: 'running' } });
  const path = `/users/erasures/${accepted.body.id}`;
  expect(accepted.headers.get('location')).toBe(`/api/v1${path}`);
  const read = async () => (await createClient(server.baseUrl).get(path)).body;
  await expect
    .poll(async () => (await read()).removed.chunks, { interval: 5 })
    .toBeGreaterThan(100);
  const before = await read();

  await server.kill();
  expect(await listBlobs()).toEqual(blobs);
  server = await start();
  expect(await read()).toMatchObject({ status: 'running', removed: before.removed });
  const visitor = createClient(server.baseUrl);
  const credentials = { email: leaver.email, password: TEST_PASSWORD };
  expect((await visitor.post('/auth/login', credentials)).status).toBe(403);

  await expect.poll(async () => (await read()).status, { timeout: 60_000 }).toBe('done');
  expect((await read()).removed).toEqual(before.removed);
  expect(await listBlobs()).toEqual([]);
  expect((await visitor.post('/auth/login', credentials)).status).toBe(401);
  await server.terminate();
  expect(await findLeftovers([leaver.user.id, leaver.email, projectId])).toEqual([]);
});

function start(): Promise<ServerProcess> {
  const settings = { ERASURE_WAIT_SECONDS: '0', ...database.settings };
  return startServerProcess({ dataDir, settings });
}

/** Enough postings for many steps of an erasure. */
function longText(): string {
  const lines = Array.from({ length: 6000 }, (_, line) => `Line ${line} tells of zebra${line}.`);
  return lines.join('\n\n');
}

async function listBlobs(): Promise<readonly string[]> {
  const entries = await readdir(join(dataDir, 'files'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function findLeftovers(needles: readonly string[]) {
  const url = database.settings['DATABASE_URL'];
  const opened = await createDatabase(
    url
      ? { kind: 'server', url, poolSize: 2, statementTimeoutMs: 30_000 }
      : { kind: 'embedded', dataFolder: dataDir },
    { logger: silentLogger, metrics: createMetrics() },
  );
  try {
    return await findMentions(opened, needles);
  } finally {
    await opened.close();
  }
}
