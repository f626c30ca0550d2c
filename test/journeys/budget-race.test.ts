import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, signUp, type Client, type Json } from '#test/client';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startServerProcess, type ServerProcess } from '#test/server-process';

/** 200 tokens, each a thousandth of the currency. */
const COST_OF_A_CALL = 0.2;
const CALLS = 200;
/** A tenth of what all calls would cost. */
const LIMIT = (CALLS * COST_OF_A_CALL) / 10;
const MICROS = 1_000_000;

let dataDir: string;
let database: ProcessDatabase;
let model: ModelServer;
let servers: ServerProcess[];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-budget-'));
  database = await createProcessDatabase();
  model = await startModelServer({ tokenDelayMs: 2 });
  servers = [await start()];
  // The embedded database belongs to one process; a server's is shared by two.
  if (database.settings['DATABASE_URL']) servers.push(await start());
}, 120_000);
afterEach(async () => {
  for (const server of servers) await server.kill();
  await model.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('200 calls at once, of ten times what the limit has', () => {
  it('never spend more than it, and are billed as their messages say', async () => {
    const team = await createLimitedTeam();
    const watched = watchLimit(team);
    const statuses = await askAll(team);
    await expectNothingReserved(team);
    expect(await watched.stop()).toBeLessThanOrEqual(LIMIT);
    const count = (wanted: number) => statuses.filter((status) => status === wanted).length;
    // A machine that is too busy for its database sends some away, before or after they were answered.
    const [answered, refused, sentAway] = [count(200), count(402), count(503)];
    expect(Math.min(answered, refused)).toBeGreaterThan(0);
    expect(answered + refused + sentAway).toBe(CALLS);
    await expectSettled(team);
    const { total } = (await team.client().get('/usage/summary')).body;
    const calls = Math.round(total.cost / COST_OF_A_CALL);
    expect(total.cost).toBeCloseTo(calls * COST_OF_A_CALL, 6);
    expect(calls).toBeGreaterThanOrEqual(answered);
    expect(calls).toBeLessThanOrEqual(answered + sentAway);
  }, 180_000);

  it('never spend more than it when a process is killed in the middle, and comes back', async () => {
    const team = await createLimitedTeam();
    const asking = askAll(team);
    await expect
      .poll(async () => (await limitOf(team)).reserved, { interval: 20, timeout: 30_000 })
      .toBeGreaterThan(0);
    await servers[0]?.kill();
    await asking;
    servers[0] = await start();
    const watched = watchLimit(team);
    await expectNothingReserved(team);
    await askAll(team);
    await expectNothingReserved(team);
    expect(await watched.stop()).toBeLessThanOrEqual(LIMIT);
    await expectSettled(team);
  }, 240_000);
});

type Team = {
  readonly accessToken: string;
  readonly limitId: string;
  readonly client: () => Client;
};

async function createLimitedTeam(): Promise<Team> {
  const [server] = servers;
  if (!server) throw new Error('no server');
  const { login } = await signUp(server.baseUrl);
  const accessToken = login.access_token;
  const client = () => createClient(servers[0]?.baseUrl ?? '', accessToken);
  const limit = { scope: 'team', window: 'month', unit: 'cost', amount: LIMIT };
  const { status, body } = await client().post('/spend-limits', limit);
  expect(status).toBe(201);
  return { accessToken, limitId: body.id, client };
}

/** Every call's status; 0 where its process was gone. */
async function askAll({ accessToken }: Team): Promise<readonly number[]> {
  const clients = servers.map(({ baseUrl }) => createClient(baseUrl, accessToken));
  return Promise.all(
    Array.from({ length: CALLS }, async (_, index) => {
      const answer = clients[index % clients.length]?.post('/chat', { message: `Ask ${index}` });
      return (
        answer?.then(
          ({ status }) => status,
          () => 0,
        ) ?? 0
      );
    }),
  );
}

async function limitOf({ client, limitId }: Team): Promise<Json> {
  return (await client().get(`/spend-limits/${limitId}`)).body;
}

/** Also what a process that is gone, or a run that another goes on with, held. */
async function expectNothingReserved(team: Team): Promise<void> {
  const reserved = async () => (await limitOf(team)).reserved;
  await expect.poll(reserved, { interval: 200, timeout: 60_000 }).toBe(0);
}

/** Looks at the limit all the while; gives the most that was ever used and reserved. */
function watchLimit(team: Team) {
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const { used, reserved } = await limitOf(team);
      most = Math.max(most, used + reserved);
    }
  })();
  return {
    async stop(): Promise<number> {
      isOver = true;
      await watching;
      return most;
    },
  };
}

/** Nothing is held any more, and counter, ledger and messages say the same, to the micro-unit. */
async function expectSettled(team: Team): Promise<void> {
  const limit = await limitOf(team);
  expect(limit.reserved).toBe(0);
  expect(limit.used).toBeLessThanOrEqual(LIMIT);
  expect(limit.used).toBeGreaterThan(0);
  const { total } = (await team.client().get('/usage/summary')).body;
  const messagesMicros = await sumOfMessages(team.client());
  expect(Math.round(total.cost * MICROS)).toBe(messagesMicros);
  expect(Math.round(limit.used * MICROS)).toBe(messagesMicros);
}

async function sumOfMessages(client: Client): Promise<number> {
  let micros = 0;
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const sessions = (await client.get(`/chat/sessions?page=${page}&page_size=100`)).body;
    pages = sessions.total_pages;
    for (const { id } of sessions.items) {
      const { items } = (await client.get(`/chat/sessions/${id}/messages`)).body;
      for (const { usage } of items) micros += Math.round((usage?.cost ?? 0) * MICROS);
    }
  }
  return micros;
}

function start(): Promise<ServerProcess> {
  const settings = {
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'test-model',
    // What a broken answer is estimated at has room in what is held for it.
    LLM_MAX_TOKENS: '400',
    LLM_PRICE_PROMPT: '0',
    LLM_PRICE_COMPLETION: '1000',
    COST_USD_RATE: '1',
  };
  return startServerProcess({ dataDir, settings: { ...settings, ...database.settings } });
}
