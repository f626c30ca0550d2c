import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signInAdmin } from '#test/admins';
import { createClient, signUp, type Client, type StreamEvent } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { readMetrics, sumOf } from '#test/prometheus';
import { createRedisServer, hasRedisServer, type RedisServer } from '#test/redis-server';
import { startTestService, type TestService } from '#test/service';

const REPLICAS = 3;
const CHATS_A_MINUTE = 100;
const STREAMS = 4;
const MOST_ATTEMPTS = 10;

let model: ModelServer;
let wire: ModelWire;
let redis: RedisServer;
let database: TestDatabase;
let replicas: TestService[];

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  model.mock.prependFixture({ match: { userMessage: /^Ask/ }, response: { content: 'Fine.' } });
  redis = await createRedisServer();
  if (hasRedisServer) await redis.start();
  database = await createTestDatabase();
  replicas = [];
  // One after the other: each looks after what a former process left before it serves.
  for (let number = 0; number < REPLICAS; number += 1) replicas.push(await startReplica());
});
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  await database.close();
  await redis.kill();
  await wire.close();
  await model.close();
});

function startReplica(): Promise<TestService> {
  const settings = {
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    JWT_SECRET_KEY: 'a-secret-that-all-replicas-share-0123456789',
    RATE_LIMIT_CHAT_FREE: `${CHATS_A_MINUTE}/minute`,
    RATE_LIMIT_CHAT_PRO: '1000/minute',
    RATE_LIMIT_CHAT_STREAM: '1000/minute',
    CONCURRENT_STREAMS_FREE: String(STREAMS),
    LLM_BASE_URL: wire.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'test-model',
  };
  return startTestService(settings, { database });
}

/** The same caller at each replica in turn. */
function spreadOver(token: string): readonly Client[] {
  return replicas.map(({ baseUrl }) => createClient(baseUrl, token));
}

async function statusesOf(calls: number, ask: (index: number) => Promise<{ status: number }>) {
  const answers = await Promise.all(Array.from({ length: calls }, (_, index) => ask(index)));
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/**
 * A Redis that a busy machine keeps waiting is late, and a replica then counts alone for a while, as it should
 * (redis-gone.test.ts). What happened meanwhile says nothing of counting together.
 */
async function whileRedisAnswers<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts += 1) {
    const before = await countAlone();
    const result = await attempt();
    if ((await countAlone()) === before) return result;
  }
  throw new Error('Redis was late each time');
}

async function countAlone(): Promise<number> {
  const counts = replicas.map(async ({ baseUrl }) =>
    sumOf(await readMetrics(baseUrl), 'rate_limit_fail_open_total'),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

describe.runIf(hasRedisServer)('a limit that replicas share', () => {
  let token: string;
  let userId: string;
  let first: TestService;
  beforeEach(async () => {
    const [replica] = replicas;
    if (!replica) throw new Error('no replica');
    first = replica;
    const { login, user } = await signUp(first.baseUrl);
    token = login.access_token;
    userId = user.id;
  });

  it('lets through what it says over all of them together, at twice the load', async () => {
    const counts = await whileRedisAnswers(async () => {
      const { login } = await signUp(first.baseUrl);
      const clients = spreadOver(login.access_token);
      const ask = (index: number) => pick(clients, index).post('/chat', tooLong());
      return statusesOf(CHATS_A_MINUTE * 2, ask);
    });
    // What comes before the limit and after it: a question that is refused as too long has been counted.
    const admitted = counts[422] ?? 0;
    expect(counts).toEqual({ 422: admitted, 429: CHATS_A_MINUTE * 2 - admitted });
    expect(admitted).toBeGreaterThanOrEqual(CHATS_A_MINUTE * 0.95);
    expect(admitted).toBeLessThanOrEqual(CHATS_A_MINUTE * 1.1);
  });

  it('is of the team, however many keys it has, and says when to come again', async () => {
    const { admitted, refused } = await whileRedisAnswers(async () => {
      const { client } = await signUp(first.baseUrl);
      const keys = await Promise.all(
        Array.from({ length: 10 }, async (_, number) => {
          const body = { name: `Program ${number}`, scopes: ['write'] };
          return (await client.post('/api-keys', body)).body.key;
        }),
      );
      const programs = keys.flatMap((key) => spreadOver(String(key)));
      const ask = (index: number) => pick(programs, index).post('/chat', tooLong());
      const counts = await statusesOf(CHATS_A_MINUTE * 1.5, ask);
      return { admitted: counts[422] ?? 0, refused: await client.post('/chat', tooLong()) };
    });
    expect(admitted).toBeGreaterThanOrEqual(CHATS_A_MINUTE * 0.95);
    expect(admitted).toBeLessThanOrEqual(CHATS_A_MINUTE * 1.1);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('follows a change of the tier on every replica', async () => {
    const clients = spreadOver(token);
    const policies = async () => {
      const answers = await Promise.all(clients.map((client) => client.post('/chat', tooLong())));
      return answers.map(({ headers }) => headers.get('ratelimit-policy'));
    };
    expect(new Set(await policies())).toEqual(new Set(['"chat-free";q=100;w=60']));
    const admin = await signInAdmin(first);
    const changed = await admin.client.call('PATCH', `/admin/users/${userId}`, { tier: 'pro' });
    expect(changed.status).toBe(200);
    await expect
      .poll(async () => new Set(await policies()), { timeout: 30_000, interval: 250 })
      .toEqual(new Set(['"chat-pro";q=1000;w=60']));
  });

  it('counts the streams of a team over all of them, and frees a place when one ends', async () => {
    const clients = spreadOver(token);
    wire.holdAfter(3);
    const opened = await Promise.all(
      Array.from({ length: STREAMS * REPLICAS }, async (_, index) => {
        const question = { message: 'Tell me much' };
        const { response, events } = await pick(clients, index).stream('/chat/stream', question);
        return { events, outcome: response.ok ? await readOutcome(events) : response.status };
      }),
    );
    const running = opened.filter(({ outcome }) => outcome === 'token');
    const refused = opened.filter(
      ({ outcome }) => outcome === 'streams.too_many' || outcome === 429,
    );
    expect([running.length, refused.length]).toEqual([STREAMS, STREAMS * (REPLICAS - 1)]);
    expect((await pick(clients, 1).post('/chat', { message: 'Ask' })).body).toMatchObject({
      status: 429,
      reason: 'streams.too_many',
    });

    wire.release();
    await Promise.all(running.map(({ events }) => Array.fromAsync(events)));
    expect((await pick(clients, 0).post('/chat', { message: 'Ask again' })).status).toBe(200);
  });
});

/** `token` for a stream that has begun to answer, else the reason of its error; the rest stays unread. */
async function readOutcome(events: AsyncGenerator<StreamEvent>): Promise<string> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) return 'ended';
    if (value.data.type === 'token') return 'token';
    if (value.data.type === 'error') return value.data.reason;
  }
}

/** A question that is counted against the limit and then refused: no model has to answer. */
function tooLong() {
  return { message: 'x'.repeat(200_000) };
}

function pick(clients: readonly Client[], index: number): Client {
  const client = clients[index % clients.length];
  if (!client) throw new Error('no replica');
  return client;
}
