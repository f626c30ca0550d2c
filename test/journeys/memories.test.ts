import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient, signUp, type Client } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

const NOTES = ['Works as a baker in Bern.', 'Wants short answers.'];

let model: ModelServer;
let test: TestService;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0, words: 3 });
  model.mock.prependFixture({
    match: { systemMessage: 'You keep notes about one person' },
    response: { content: JSON.stringify({ notes: NOTES }) },
  });
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'sk-test',
    LLM_MODEL: 'gpt-4o-mini',
  });
});
afterAll(async () => {
  await test.close();
  await model.close();
});
beforeEach(() => model.mock.clearRequests());

/** The job's own tick may come first; then there is nothing left to do. */
const takeNotes = () => test.service.modules.chat.memories.take(new AbortController().signal);

const turnOn = (client: Client, enabled = true) =>
  client.call('PATCH', '/memories/settings', { enabled });

const ask = (client: Client, message: string) => client.post('/chat', { message });

async function contentsOf(client: Client): Promise<readonly string[]> {
  const { items } = (await client.get('/memories')).body;
  return items.map(({ content }: { content: string }) => content).toSorted();
}

/** What the model was last asked with, and all calls that took notes. */
const lastPrompt = () => JSON.stringify(model.mock.getLastRequest()?.body);
const noteCalls = (needle: string) =>
  model.mock
    .getRequests()
    .map(({ body }) => JSON.stringify(body))
    .filter((body) => body.includes('You keep notes') && body.includes(needle));

/** Somebody who is remembered, and what they were told. */
async function rememberSomebody() {
  const { client, user } = await signUp(test.baseUrl);
  await turnOn(client);
  const said = `I am ${user.id}, a baker in Bern, answer me shortly`;
  await ask(client, said);
  await takeNotes();
  await expect.poll(() => contentsOf(client), { timeout: 20_000 }).toEqual(NOTES.toSorted());
  return { client, userId: String(user.id), said };
}

describe('memory', () => {
  it('is off until its user turns it on: nothing is noted, and no model is asked', async () => {
    const { client } = await signUp(test.baseUrl);
    expect((await client.get('/memories/settings')).body).toEqual({ enabled: false });
    await ask(client, 'I am a nameless walrus');
    await takeNotes();
    expect(await contentsOf(client)).toEqual([]);
    const said = await client.post('/memories', { content: 'Is a walrus' });
    expect([said.status, said.body.reason]).toEqual([409, 'memory.off']);
    await turnOn(client);
    await takeNotes();
    expect(noteCalls('walrus')).toEqual([]);
  });

  it('is noted after the answer, shown, and known in a later session', async () => {
    const { client } = await rememberSomebody();
    const { items, total } = (await client.get('/memories')).body;
    expect(total).toBe(NOTES.length);
    expect(items).toContainEqual({
      id: expect.any(String),
      content: NOTES[0],
      source: 'taken',
      created_at: expect.any(String),
    });
    await ask(client, 'What shall I eat?');
    expect(lastPrompt()).toContain(NOTES[0]);
    expect(lastPrompt()).toContain('<memories>');
  });

  it('is paid for once by who is remembered, however often the job looks', async () => {
    const { userId, said } = await rememberSomebody();
    await takeNotes();
    await takeNotes();
    expect(noteCalls(said)).toHaveLength(1);
    const calls = await test.database
      .forSystem()
      .selectFrom('usage_records')
      .select('amount')
      .where('user_id', '=', userId)
      .where('metric', '=', 'ai_requests')
      .execute();
    expect(calls).toHaveLength(2);
  });

  it('reads what the user wrote, and nothing that a model said', async () => {
    const { said } = await rememberSomebody();
    const [call] = noteCalls(said);
    expect(call).toBeDefined();
    expect(call).not.toContain('w0000');
  });

  it('is added, deleted one by one and all, and not used while it is off', async () => {
    const { client } = await rememberSomebody();
    const said = (await client.post('/memories', { content: 'Has a dog' })).body;
    expect(said).toMatchObject({ content: 'Has a dog', source: 'said' });
    expect((await client.post('/memories', { content: 'Has a dog' })).status).toBe(409);
    expect((await client.call('DELETE', `/memories/${said.id}`)).status).toBe(204);
    expect((await client.call('DELETE', `/memories/${said.id}`)).status).toBe(404);
    expect(await contentsOf(client)).toEqual(NOTES.toSorted());
    await turnOn(client, false);
    await ask(client, 'What shall I eat?');
    expect(lastPrompt()).not.toContain('baker');
    expect((await client.call('DELETE', '/memories')).status).toBe(204);
    expect(await contentsOf(client)).toEqual([]);
  });

  it('has an end', async () => {
    const { client } = await signUp(test.baseUrl);
    await turnOn(client);
    const add = (index: number) => client.post('/memories', { content: `Number ${index}` });
    const added = await Promise.all(Array.from({ length: 55 }, (_, index) => add(index)));
    expect(added.filter(({ status }) => status === 201)).toHaveLength(50);
    expect((await add(99)).body.reason).toBe('memory.full');
  });
});

describe('what is remembered', () => {
  it('is no other user’s, and no other team’s', async () => {
    const { client } = await rememberSomebody();
    const { client: other, user } = await signUp(test.baseUrl);
    const team = (await client.post('/teams', { name: 'Bakery' })).body;
    await test.database
      .forSystem()
      .insertInto('team_members')
      .values({ id: team.id, team_id: team.id, user_id: user.id, role: 'member' })
      .execute();
    const inTeam = (me: Client) =>
      createClient(test.baseUrl, {
        authorization: `Bearer ${me.accessToken}`,
        'x-team-id': team.id,
      });
    for (const stranger of [other, inTeam(client), inTeam(other)]) {
      expect((await stranger.get('/memories/settings')).body).toEqual({ enabled: false });
      await turnOn(stranger);
      expect(await contentsOf(stranger)).toEqual([]);
      await ask(stranger, 'What shall I eat?');
      expect(lastPrompt()).not.toContain('baker');
    }
    const [mine] = (await client.get('/memories')).body.items;
    expect((await inTeam(client).call('DELETE', `/memories/${mine.id}`)).status).toBe(404);
    expect((await other.call('DELETE', `/memories/${mine.id}`)).status).toBe(404);
    expect(await contentsOf(client)).toEqual(NOTES.toSorted());
  });

  it('goes when they leave the team', async () => {
    const { client: owner } = await signUp(test.baseUrl);
    const { client, user } = await signUp(test.baseUrl);
    const team = (await owner.post('/teams', { name: 'Left' })).body;
    const system = test.database.forSystem();
    const member = { id: team.id, team_id: team.id, user_id: user.id, role: 'member' };
    await system.insertInto('team_members').values(member).execute();
    const headers = { authorization: `Bearer ${client.accessToken}`, 'x-team-id': team.id };
    const inTeam = createClient(test.baseUrl, headers);
    await turnOn(inTeam);
    expect((await inTeam.post('/memories', { content: 'Is leaving' })).status).toBe(201);
    expect((await owner.call('DELETE', `/teams/${team.id}/members/${user.id}`)).status).toBe(204);
    for (const table of ['memories', 'memory_settings'] as const) {
      const rows = await system
        .selectFrom(table)
        .select('user_id')
        .where('team_id', '=', team.id)
        .execute();
      expect(rows).toEqual([]);
    }
  });

  it('is out of reach of API keys', async () => {
    const { client } = await rememberSomebody();
    const { key } = (await client.post('/api-keys', { name: 'Key', scopes: ['write'] })).body;
    const program = createClient(test.baseUrl, key);
    expect((await program.get('/memories')).status).toBe(401);
    expect((await program.call('DELETE', '/memories')).status).toBe(401);
    expect(await contentsOf(client)).toEqual(NOTES.toSorted());
  });
});
