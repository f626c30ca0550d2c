import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listedModelId } from '#test/listed-models';
import type { TeamId } from '#shared/ids';
import { signInAdmin } from '#test/admins';
import { signUp, type Client, type Json } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { startTestService, type TestService } from '#test/service';

const METRICS_TOKEN = 'metrics-token-of-16-and-more';
const HARD_QUESTION = 'Analyse this step by step, and refactor it:\n```ts\nconst a = 1;\n```';

let model: ModelServer;
let wire: ModelWire;
let test: TestService;
let admin: Client;
let ada: Client;
let adasTeam: TeamId;
let bob: Client;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  test = await startTestService({
    LLM_BASE_URL: wire.baseUrl,
    LITELLM_API_URL: wire.baseUrl,
    LITELLM_API_KEY: 'sk-litellm',
    METRICS_TOKEN,
    CURRENCY: 'USD',
  });
  admin = (await signInAdmin(test)).client;
  ada = (await signUp(test.baseUrl)).client;
  bob = (await signUp(test.baseUrl)).client;
  const [team] = (await ada.get('/teams')).body.items;
  adasTeam = team.id;
});
afterAll(async () => {
  await test.close();
  await wire.close();
  await model.close();
});
beforeEach(() => wire.reset());

async function create(body: object): Promise<Json> {
  const { status, body: created } = await admin.post('/admin/models', body);
  expect(created).toMatchObject({ id: expect.any(String) });
  expect(status).toBe(201);
  return created;
}

const change = (id: string, body: object) => admin.call('PATCH', `/admin/models/${id}`, body);
const remove = (id: string) => admin.call('DELETE', `/admin/models/${id}`);
const ask = (client: Client, name?: string) =>
  client.post('/ai/completions', { prompt: 'Tell me', ...(name && { model: name }) });
const asked = () => wire.calls.map(({ body }) => String(JSON.parse(body).model));
const namesOf = async (client: Client): Promise<readonly string[]> => {
  const { body } = await client.get('/ai/models?is_available=true&page_size=100');
  return body.items.map(({ name }: Json) => name);
};

describe('a built-in model', () => {
  const id = listedModelId('openai/gpt-4o');

  it('is priced, from the next call on, as an administrator says, and as built in once that is taken back', async () => {
    const costs = async () => (await ask(ada, 'gpt-4o')).body.usage.cost;
    const listCost = await costs();
    expect(listCost).toBeGreaterThan(0);
    const dear = { prompt_usd_per_million_tokens: 25, completion_usd_per_million_tokens: 100 };
    expect((await change(id, dear)).body).toMatchObject({ id, source: 'built_in', ...dear });
    expect(await costs()).toBeCloseTo(listCost * 10, 5);
    expect((await remove(id)).status).toBe(204);
    expect(await costs()).toBe(listCost);
  });

  it('is nobody’s while it is disabled', async () => {
    await change(id, { enabled: false });
    expect(await namesOf(ada)).not.toContain('gpt-4o');
    expect(await ask(ada, 'gpt-4o')).toMatchObject({
      status: 422,
      body: { reason: 'model.unknown' },
    });
    expect((await ask(ada, 'openai/gpt-4o')).status).toBe(422);
    await remove(id);
    expect((await ask(ada, 'gpt-4o')).status).toBe(200);
  });

  it('cannot be deleted, or added once more', async () => {
    expect(await remove(id)).toMatchObject({ status: 409, body: { reason: 'model.built_in' } });
    const again = await admin.post('/admin/models', { provider: 'openai', name: 'gpt-4o' });
    expect(again.status).toBe(409);
  });

  it('is read among the others by administrators alone', async () => {
    const { body } = await admin.get('/admin/models?page_size=100&provider=openai');
    expect(body.items).toContainEqual((await admin.get(`/admin/models/${id}`)).body);
    expect((await ada.get('/admin/models')).status).toBe(403);
    expect((await ada.call('PATCH', `/admin/models/${id}`, { enabled: false })).status).toBe(403);
  });

  it('leaves in the audit log who changed what of it', async () => {
    await change(id, { enabled: false });
    await remove(id);
    const { items } = (await admin.get(`/admin/audit-log?target_id=${id}&page_size=2`)).body;
    expect(items).toMatchObject([
      { action: 'model.deleted', before: { enabled: false }, after: null },
      { action: 'model.updated', after: { enabled: false, name: 'gpt-4o' } },
    ]);
  });
});

describe('an added model', () => {
  it('is there for everybody, at its price, until it is deleted', async () => {
    const name = `house-${randomUUID()}`;
    const usd = { prompt_usd_per_million_tokens: 1, completion_usd_per_million_tokens: 2 };
    const { id } = await create({ provider: 'litellm', name, complexity: 'large', ...usd });
    expect((await bob.get(`/ai/models/${name}`)).body).toMatchObject({
      provider: 'litellm',
      source: 'custom',
      is_available: true,
    });
    const { body } = await ask(bob, name);
    expect(body).toMatchObject({ model: name, provider: 'litellm' });
    expect(body.usage.cost).toBeCloseTo((40 + 200 * 2) * 1e-6, 6);
    await remove(id);
    expect((await bob.get(`/ai/models/${name}`)).status).toBe(404);
  });

  it.each([
    [{ name: 'has space' }, 'name'],
    [{ name: 'auto' }, 'name'],
    [{ provider: 'builtin' }, 'provider'],
    [{ traffic_share: 0.5 }, 'base'],
    [{ traffic_share: 2, base: 'gpt-4o' }, 'traffic_share'],
    [{ base: 'nobody-knows' }, 'base'],
    [{ prompt_usd_per_million_tokens: -1 }, 'prompt_usd_per_million_tokens'],
    [{ abilities: ['flying'] }, 'abilities.0'],
  ])('is refused as %j', async (body, field) => {
    const whole = { provider: 'litellm', name: 'good', ...body };
    const answer = await admin.post('/admin/models', whole);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: Json) => error.field)).toContain(field);
  });

  it('is refused for a team that is not there', async () => {
    const body = { provider: 'litellm', name: 'good', team_id: randomUUID() };
    expect((await admin.post('/admin/models', body)).status).toBe(404);
  });
});

describe('a model of one team', () => {
  const name = `tuned-${randomUUID()}`;
  let id: string;
  beforeAll(async () => {
    const own = { provider: 'litellm', name, team_id: adasTeam, source: 'fine_tuned' };
    ({ id } = await create({ ...own, base: 'gpt-4.1-mini', traffic_share: 1 }));
  });

  it('is seen and used by that team, and unknown to every other', async () => {
    expect(await namesOf(ada)).toContain(name);
    expect((await ask(ada, name)).body).toMatchObject({ model: name, provider: 'litellm' });

    expect(await namesOf(bob)).not.toContain(name);
    const random = randomUUID();
    const foreign = await bob.get(`/ai/models/${name}`);
    expect(foreign.status).toBe(404);
    expect(JSON.stringify(foreign.body).replaceAll(name, random)).toHaveLength(
      JSON.stringify((await bob.get(`/ai/models/${random}`)).body).length,
    );
    expect((await ask(bob, name)).body).toMatchObject({ reason: 'model.unknown' });
    const route = await bob.post('/ai/route', { messages: [{ role: 'user', content: 'Hello' }] });
    expect(JSON.stringify(route.body)).not.toContain(name);
  });

  it('is invisible in the database to every other team', async () => {
    const [bobsTeam] = (await bob.get('/teams')).body.items;
    const count = async (teamId: TeamId) =>
      (await test.database.forTeam(teamId).selectFrom('team_models').select('id').execute()).length;
    expect(await count(adasTeam)).toBe(1);
    expect(await count(bobsTeam.id)).toBe(0);
  });

  it('answers for the model that it was tuned from, by its share, and says so', async () => {
    expect((await ask(ada, 'gpt-4.1-mini')).body).toMatchObject({ model: name });
    expect((await ask(bob, 'gpt-4.1-mini')).body).toMatchObject({ model: 'gpt-4.1-mini' });
    expect(asked()).toEqual([name, 'gpt-4.1-mini']);
    await change(id, { traffic_share: 0 });
    expect((await ask(ada, 'gpt-4.1-mini')).body).toMatchObject({ model: 'gpt-4.1-mini' });
  });

  it('stays with a conversation, or out of it', async () => {
    await change(id, { traffic_share: 0.5 });
    const chat = async (session?: string) => {
      const question = { message: 'Tell me', model: 'gpt-4.1-mini', session_id: session };
      const { body } = await ada.post('/chat', question);
      return { session: String(body.session_id), answered: String(body.message.model) };
    };
    for (let count = 0; count < 4; count += 1) {
      const first = await chat();
      expect((await chat(first.session)).answered).toBe(first.answered);
      expect((await chat(first.session)).answered).toBe(first.answered);
    }
  });
});

describe('a name that nobody listed', () => {
  it('is called as it is at a proxy and at a server of one’s own', async () => {
    expect((await ask(ada, 'litellm/azure/house-model')).body).toMatchObject({
      model: 'azure/house-model',
      provider: 'litellm',
    });
    expect((await ask(ada, 'openai/own-model')).body).toMatchObject({ model: 'own-model' });
    expect(asked()).toEqual(['azure/house-model', 'own-model']);
  });

  it('is no way around a limit in money', async () => {
    const { body } = await ask(ada, 'litellm/cheap-looking-alias');
    const { body: dear } = await ask(ada, 'gpt-4o');
    expect(body.usage.cost).toBeGreaterThan(dear.usage.cost);
  });

  it.each(['own-model', 'anthropic/claude-9', 'litellm/', '/', 'nobody/own-model'])(
    'is refused as %j',
    async (name) => {
      const answer = await ask(ada, name);
      expect(answer).toMatchObject({ status: 422, body: { reason: 'model.unknown' } });
      expect(answer.body.detail.length).toBeLessThan(300);
    },
  );

  it('is never a label of a metric', async () => {
    const read = async () => {
      const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
      return (await fetch(`${test.baseUrl}/metrics`, { headers })).text();
    };
    await ask(ada, 'litellm/made-up-0');
    await ada.post('/chat', { message: 'Well?', model: 'litellm/made-up-0' });
    const series = (text: string) => text.match(/^.*model="[^}]*\}/gm);
    const before = series(await read());
    for (let number = 1; number <= 10; number += 1) {
      await ask(ada, `litellm/made-up-${number}`);
      await ada.post('/chat', { message: 'Well?', model: `litellm/made-up-${number}` });
    }
    const after = await read();
    expect(after).not.toContain('made-up');
    expect(series(after)).toEqual(before);
  });
});

describe('model: auto', () => {
  const route = (content: string, more: object = {}) =>
    ada.post('/ai/route', { model: 'auto', messages: [{ role: 'user', content }], ...more });

  it('says which model a request would be given to, and why, without calling one', async () => {
    const easy = (await route('What is the capital of France?')).body;
    const hard = (await route(HARD_QUESTION)).body;
    expect(easy).toMatchObject({ complexity: 'small', reasons: ['a short, plain request'] });
    expect(hard).toMatchObject({ complexity: 'large' });
    expect(hard.reasons).toEqual(['code', 'words for work in several steps']);
    expect(hard.estimated_cost).toBeGreaterThan(easy.estimated_cost);
    expect(easy.model).not.toBe(hard.model);
    expect(wire.calls).toHaveLength(0);
  });

  it('says why the others are not asked', async () => {
    const { body } = await route('What is it?', {
      response_format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } },
    });
    const find = (name: string) => body.candidates.find(({ model: found }: Json) => found === name);
    expect(body.abilities).toEqual(['json_schema']);
    expect(find('claude-haiku-4-5').why_not).toEqual([
      'its provider is not set up, or it is disabled',
    ]);
    expect(find('builtin-extractive')).toMatchObject({
      position: null,
      why_not: ['it has not the ability "json_schema"'],
    });
    expect(find(body.model)).toMatchObject({ position: 1, why_not: [] });
  });

  it('gives a request to that model, and tells who answered', async () => {
    for (const prompt of ['What is the capital of France?', HARD_QUESTION]) {
      const { model: chosen } = (await route(prompt)).body;
      const answer = await ada.post('/ai/completions', { prompt, model: 'auto' });
      expect(answer.body).toMatchObject({ model: chosen, finish_reason: 'stop' });
      expect(asked().at(-1)).toBe(chosen);
    }
  });

  it('answers in a chat as well, and bills whom it chose', async () => {
    const { body } = await ada.post('/chat', { message: 'Hello', model: 'auto' });
    expect(body.message.model).toBe(asked().at(-1));
    expect(body.message.usage.cost).toBeGreaterThan(0);
  });

  it('refuses what no model can do', async () => {
    const answer = await route('word '.repeat(60_000), { max_tokens: 1_000_000 });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'model.unable' } });
  });
});
