import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll, textOf } from '../../src/modules/chat/testing/read-chat.ts';
import { signUp, type Client, type Json } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { readMetrics, sumOf } from '#test/prometheus';
import { createRedisServer, hasRedisServer, type RedisServer } from '#test/redis-server';
import { startTestService, type TestService } from '#test/service';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';

/** What 200 tokens cost, as many as an answer is held at. */
const COST_OF_A_CALL = 0.2;
const CALLS_IN_LIMIT = 8;
/** Enough for whom the other limit holds. */
const CHATS_A_MINUTE = 15;
const RECOVERY = { timeout: 5000, interval: 50 };
const MONTHLY = { scope: 'team', window: 'month', unit: 'cost' };

let model: ModelServer;
let redis: RedisServer;
let test: TestService;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 1 });
  model.mock.prependFixture({
    match: { userMessage: /^Ask/ },
    response: { content: 'Fine.', usage: { prompt_tokens: 40, completion_tokens: 200 } },
  });
});
afterAll(() => model.close());
beforeEach(async () => {
  redis = await createRedisServer();
});
afterEach(async () => {
  await test.close();
  await redis.kill();
});

async function start(redisPort: number): Promise<void> {
  test = await startTestService({
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    RATE_LIMIT_CHAT_FREE: `${CHATS_A_MINUTE}/minute`,
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'test-model',
    LLM_MAX_TOKENS: '200',
    LLM_PRICE_PROMPT: '0',
    LLM_PRICE_COMPLETION: '1000',
    COST_USD_RATE: '1',
  });
}

describe.runIf(hasRedisServer)('a Redis that is dead when the service starts', () => {
  it('is done without: traffic flows, both kinds of limits hold, and it is found once it is there', async () => {
    await start(redis.port);
    expect(await stateOfRedis()).toBe('down');
    await expectLimitsToHold({ spentBefore: 0, askedBefore: 0 });
    expect(await decidedAlone()).toBeGreaterThan(0);

    await redis.start();
    await expectRecovery();
  });
});

describe.runIf(hasRedisServer)('a Redis that dies in the middle', () => {
  let proxy: TcpProxy;
  beforeEach(async () => {
    await redis.start();
    proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
    await start(proxy.port);
  });
  afterEach(() => proxy.close());

  const deaths = {
    'is killed': { die: () => redis.kill(), rise: () => redis.start() },
    'refuses connections': { die: () => proxy.refuse(), rise: () => proxy.restore() },
    'says nothing any more': { die: async () => proxy.swallow(), rise: () => proxy.restore() },
  };

  it.each(Object.entries(deaths))('and %s is done without until it is back', async (_how, fate) => {
    expect(await stateOfRedis()).toBe('up');
    const spender = await createSpender();
    const talker = (await signUp(test.baseUrl)).client;
    expect(await askAtOnce(spender, 3)).toEqual({ 200: 3 });
    expect(await askAtOnce(talker, 5)).toEqual({ 200: 5 });
    const { events } = await spender.stream('/chat/stream', { message: 'Tell me much' });

    await fate.die();
    const told = await readAll(events);
    expect([textOf(told).length, told.at(-1)?.data]).toEqual([1200, '[DONE]']);
    // Four of them are over: three, and the stream.
    await expectSpendLimit(spender, { spentBefore: 4 });
    expect(await complete(talker)).toBe(200);
    await expectChatLimit(talker, { askedBefore: 6 });
    expect(await decidedAlone()).toBeGreaterThan(0);
    await expectBriefWaits();

    await fate.rise();
    await expectRecovery();
  });
});

async function expectLimitsToHold(before: { spentBefore: number; askedBefore: number }) {
  await expectSpendLimit(await createSpender(), before);
  await expectChatLimit((await signUp(test.baseUrl)).client, before);
}

/** Somebody whose team may spend what some calls cost, and hardly more. */
async function createSpender(): Promise<Client> {
  const { client } = await signUp(test.baseUrl);
  const amount = CALLS_IN_LIMIT * COST_OF_A_CALL + COST_OF_A_CALL / 2;
  expect((await client.post('/spend-limits', { ...MONTHLY, amount })).status).toBe(201);
  return client;
}

/** The limit of spending lives in the database: what is admitted never exceeds it. */
async function expectSpendLimit(spender: Client, { spentBefore }: { spentBefore: number }) {
  const left = CALLS_IN_LIMIT - spentBefore;
  expect(await askAtOnce(spender, left + 4)).toEqual({ 200: left, 402: 4 });
  const [limit] = (await spender.get('/spend-limits')).body.items;
  expect(limit.reserved).toBe(0);
  expect(limit.used).toBeLessThanOrEqual(limit.amount);
  expect(limit.used).toBeCloseTo(CALLS_IN_LIMIT * COST_OF_A_CALL, 6);
}

/** The process goes on from what it has let in before. */
async function expectChatLimit(talker: Client, { askedBefore }: { askedBefore: number }) {
  const left = CHATS_A_MINUTE - askedBefore;
  expect(await askAtOnce(talker, left + 6)).toEqual({ 200: left, 429: 6 });
}

/** Asks as OpenAI's clients do. */
async function complete({ accessToken }: Client): Promise<number> {
  const response = await fetch(`${test.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'Ask' }] }),
  });
  await response.text();
  return response.status;
}

/** How many answers had each status. */
async function askAtOnce(client: Client, calls: number): Promise<Record<number, number>> {
  const asking = Array.from({ length: calls }, (_, index) =>
    client.post('/chat', { message: `Ask ${index}` }),
  );
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(asking)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** A command waits for its time limit only until Redis is known to be gone; the rest is not even sent. */
async function expectBriefWaits(): Promise<void> {
  const samples = await readMetrics(test.baseUrl);
  const waited = sumOf(samples, 'redis_operations_total', { status: 'error' });
  const skipped = sumOf(samples, 'redis_operations_total', { status: 'skipped' });
  expect(skipped).toBeGreaterThan(waited);
}

/** Soon every decision is made with it again; a single one may be late on a busy machine. */
async function expectRecovery(): Promise<void> {
  const { client } = await signUp(test.baseUrl);
  await expect.poll(stateOfRedis, RECOVERY).toBe('up');
  await expect.poll(() => decidedAloneDuring(() => askAtOnce(client, 1)), RECOVERY).toBe(0);
}

async function decidedAloneDuring(work: () => Promise<unknown>): Promise<number> {
  const before = await decidedAlone();
  await work();
  return (await decidedAlone()) - before;
}

async function decidedAlone(): Promise<number> {
  return sumOf(await readMetrics(test.baseUrl), 'rate_limit_fail_open_total');
}

async function stateOfRedis(): Promise<string> {
  const health: Json = await (await fetch(`${test.baseUrl}/health/ready`)).json();
  return health.checks.find(({ name }: Json) => name === 'redis').state;
}
