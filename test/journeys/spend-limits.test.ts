import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInAdmin } from '#test/admins';
import { createClient, signUp, type Json } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

/** What the scripted model's 200 tokens cost. */
const COST_OF_A_CALL = 0.2;

let model: ModelServer;
let test: TestService;
beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 1 });
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'test-model',
    LLM_MAX_TOKENS: '200',
    LLM_PRICE_PROMPT: '0',
    LLM_PRICE_COMPLETION: '1000',
    COST_USD_RATE: '1',
    CONCURRENT_STREAMS_FREE: '1',
    CONCURRENT_STREAMS_PRO: '1000',
  });
});
afterAll(async () => {
  await test.close();
  await model.close();
});

const monthly = { scope: 'team', window: 'month', unit: 'cost' };

describe('a spend limit', () => {
  it('is refused as 402 that says which, its use and when it resets, and lets on once it is raised', async () => {
    const { client } = await signUp(test.baseUrl);
    const made = await client.post('/spend-limits', { ...monthly, amount: 0.45 });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ amount: 0.45, used: 0, reserved: 0, currency: 'EUR' });
    expect((await client.post('/chat', { message: 'one' })).status).toBe(200);
    // An answer is held at what it may cost: by our count of its words there may be no room for a second.
    await client.call('PATCH', `/spend-limits/${made.body.id}`, { amount: 0.3 });

    const refused = await client.post('/chat', { message: 'two' });
    expect(refused.status).toBe(402);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.body).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      reason: 'spend.limit_reached',
      details: {
        limit_id: made.body.id,
        scope: 'team',
        window: 'month',
        unit: 'cost',
        currency: 'EUR',
        amount: 0.3,
        used: COST_OF_A_CALL,
        resets_at: expect.any(String),
      },
    });
    const stream = await client.request('POST', '/chat/stream', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'two' }),
    });
    expect(stream.status).toBe(402);

    await client.call('PATCH', `/spend-limits/${made.body.id}`, { amount: 10 });
    expect((await client.post('/chat', { message: 'three' })).status).toBe(200);
  });

  it('stops an answer in the middle that grows past it, and bills what was said', async () => {
    const { client } = await signUp(test.baseUrl);
    // Room for the 200 tokens that are held, and not for as many again: by our count the answer has more.
    const { id } = (await client.post('/spend-limits', { ...monthly, amount: 0.3 })).body;
    const { events } = await client.stream('/chat/stream', { message: 'one' });
    const all: Json[] = await Array.fromAsync(events, ({ data }) => data);
    expect(all.filter(({ type }) => type === 'token').length).toBeGreaterThan(50);
    expect(all.find(({ type }) => type === 'error')).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      reason: 'spend.limit_reached',
      details: { limit_id: id, amount: 0.3, resets_at: expect.any(String) },
    });
    const usage = all.find(({ type }) => type === 'usage');
    const limit = (await client.get(`/spend-limits/${id}`)).body;
    expect(limit).toMatchObject({ used: usage.cost, reserved: 0 });
    expect(limit.used).toBeLessThanOrEqual(0.3);
    const { total } = (await client.get('/usage/summary')).body;
    expect(total).toMatchObject({ cost: usage.cost, estimated_calls: 1 });
  });

  it('counts what was used before it was made', async () => {
    const { client } = await signUp(test.baseUrl);
    await client.post('/chat', { message: 'one' });
    const { body } = await client.post('/spend-limits', { ...monthly, amount: 10 });
    expect(body.used).toBe(COST_OF_A_CALL);
  });

  it('is made once, on what the team has, by who may, in one unit', async () => {
    const { client } = await signUp(test.baseUrl);
    const stranger = await signUp(test.baseUrl);
    const limit = { ...monthly, amount: 1 };
    expect((await client.post('/spend-limits', limit)).status).toBe(201);
    expect((await client.post('/spend-limits', limit)).body.code).toBe('DUPLICATE');
    const foreign = { ...limit, scope: 'user', user_id: stranger.user.id };
    expect((await client.post('/spend-limits', foreign)).status).toBe(404);
    const misplaced = { ...limit, scope: 'run', user_id: stranger.user.id };
    expect((await client.post('/spend-limits', misplaced)).status).toBe(422);
    const halves = { ...limit, unit: 'tokens', amount: 0.5 };
    expect((await client.post('/spend-limits', halves)).status).toBe(422);
    const { body } = await client.get('/spend-limits');
    expect(body.total).toBe(1);
    const [{ id }] = body.items;
    expect((await client.call('DELETE', `/spend-limits/${id}`)).status).toBe(204);
    expect((await client.get(`/spend-limits/${id}`)).status).toBe(404);
  });

  it('on a key holds for what is asked with the key alone', async () => {
    const { client } = await signUp(test.baseUrl);
    const key = (await client.post('/api-keys', { name: 'k', scopes: ['read', 'write'] })).body;
    const limit = { ...monthly, scope: 'api_key', api_key_id: key.id, amount: 0.1 };
    expect((await client.post('/spend-limits', limit)).status).toBe(201);
    const withKey = createClient(test.baseUrl, key.key);
    expect((await withKey.post('/chat', { message: 'one' })).status).toBe(402);
    expect((await client.post('/chat', { message: 'one' })).status).toBe(200);
  });
});

describe("a user's budget", () => {
  it('is set by administrators, and holds', async () => {
    const { client, user } = await signUp(test.baseUrl);
    const admin = await signInAdmin(test);
    const budget = { monthly_cost_budget: 0.1 };
    const { status, body } = await admin.client.call('PATCH', `/admin/users/${user.id}`, budget);
    expect([status, body.monthly_cost_budget]).toEqual([200, 0.1]);
    const refused = await client.post('/chat', { message: 'one' });
    expect(refused.body.details).toMatchObject({ scope: 'user', window: 'month', amount: 0.1 });
    const [limit] = (await client.get('/spend-limits')).body.items;
    expect(limit.is_budget).toBe(true);
    const change = await client.call('PATCH', `/spend-limits/${limit.id}`, { amount: 100 });
    expect(change.body.reason).toBe('spend_limit.budget');
    await admin.client.call('PATCH', `/admin/users/${user.id}`, { monthly_cost_budget: null });
    expect((await client.post('/chat', { message: 'one' })).status).toBe(200);
  });
});

describe('the streams of a team', () => {
  it('are as many at a time as its tier allows', async () => {
    const { client } = await signUp(test.baseUrl);
    const { events } = await client.stream('/chat/stream', { message: 'one' });
    let isRefused = false;
    for await (const { data } of events) {
      if (data.type !== 'token' || isRefused) continue;
      const second = await client.post('/chat', { message: 'two' });
      expect([second.status, second.body.reason]).toEqual([429, 'streams.too_many']);
      isRefused = true;
    }
    expect(isRefused).toBe(true);
    expect((await client.post('/chat', { message: 'three' })).status).toBe(200);
  });
});

describe('what was used', () => {
  it('is summed by day, and by model, user, project and key', async () => {
    const { client, user } = await signUp(test.baseUrl);
    const project = (await client.post('/projects', { name: 'P' })).body;
    await client.post('/chat', { message: 'one', project_id: project.id });
    await client.post('/chat', { message: 'two' });
    const series = (await client.get('/usage')).body;
    const sums = { calls: 2, prompt_tokens: 80, completion_tokens: 400, tokens: 480 };
    expect(series.items).toEqual([
      expect.objectContaining({ date: new Date().toISOString().slice(0, 10), ...sums, cost: 0.4 }),
    ]);
    const keysOf = async (group: string) =>
      (await client.get(`/usage/summary?group_by=${group}`)).body.items.map(({ key }: Json) => key);
    expect(await keysOf('user')).toEqual([user.id]);
    expect(await keysOf('project')).toEqual(expect.arrayContaining([project.id, null]));
    const byModel = (await client.get('/usage/summary')).body;
    expect(byModel.items).toMatchObject([{ key: 'test-model', provider: 'openai', ...sums }]);
    expect(byModel.total).toMatchObject({ ...sums, cost: 0.4, estimated_calls: 0 });
    const ofProject = await client.get(`/usage/summary?project_id=${project.id}`);
    expect(ofProject.body.total.calls).toBe(1);
  });

  it('is nothing of another team', async () => {
    const { client } = await signUp(test.baseUrl);
    const stranger = await signUp(test.baseUrl);
    await client.post('/chat', { message: 'one' });
    expect((await stranger.client.get('/usage/summary')).body.total.calls).toBe(0);
    const { team_id: teamId } = (await client.post('/projects', { name: 'P' })).body;
    expect((await stranger.client.get(`/usage?team_id=${teamId}`)).status).toBe(404);
  });
});
