import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '#test/client';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';

const LIMIT = 20;

let dataDir: string;
let database: ProcessDatabase;
let server: ServerProcess;

const start = () =>
  startServerProcess({
    dataDir,
    settings: { ...database.settings, RATE_LIMIT_LOGIN: `${LIMIT}/hour` },
  });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-spraying-'));
  database = await createProcessDatabase();
  server = await start();
});
afterAll(async () => {
  await server.kill();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('somebody who tries one password on a hundred accounts is stopped, also by a process that was killed meanwhile', async () => {
  const statuses: number[] = [];
  for (let account = 0; account < 100; account += 1) {
    if (account === LIMIT / 2) {
      await server.kill();
      server = await start();
    }
    const body = { email: `account-${account}@example.com`, password: 'Summer-2026!' };
    const { status } = await createClient(server.baseUrl).post('/auth/login', body);
    statuses.push(status);
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(LIMIT);
  expect(statuses.indexOf(429)).toBe(LIMIT);
  const forgot = { email: 'account-1@example.com' };
  const { status } = await createClient(server.baseUrl).post('/auth/password/forgot', forgot);
  expect(status).toBe(429);
});
