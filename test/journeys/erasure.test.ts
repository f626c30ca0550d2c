import { randomUUID } from 'node:crypto';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TeamRole } from '#shared/actor';
import { findMentions } from '#test/catalogue';
import { createClient, signUp, TEST_PASSWORD, uploadAndWait, type Client } from '#test/client';
import { startModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

let test: TestService;

beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

describe('a user who deletes their account', () => {
  it('is told what went, and is not known any more', async () => {
    const { client, email } = await signUp(test.baseUrl);
    const { id: projectId } = (await client.post('/projects', { name: 'Mine' })).body;
    await uploadAndWait(client, projectId, { name: 'note.txt', content: 'zebra crossing' });
    await client.post('/chat', { message: 'zebra?', project_id: projectId });

    const answer = await erase(client);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'done',
        removed: {
          auth_sessions: 1,
          chunks: 1,
          documents: 1,
          files: 1,
          messages: 2,
          projects: 1,
          sessions: 1,
          teams: 1,
          users: 1,
        },
        handed_over: {},
      },
    });

    expect((await client.get('/users/me')).status).toBe(401);
    const visitor = createClient(test.baseUrl);
    expect((await visitor.get(`/users/erasures/${answer.body.id}`)).body).toEqual(answer.body);
    const login = await visitor.post('/auth/login', { email, password: TEST_PASSWORD });
    expect(login.status).toBe(401);
    const again = await visitor.post('/auth/register', { email, password: TEST_PASSWORD });
    expect(again.status).toBe(201);
  });

  it('must give the password, and may be nobody without a sign-in session', async () => {
    const { client } = await signUp(test.baseUrl);
    const tries = [{}, { current_password: 'Wr0ng-password' }];
    for (const body of tries) {
      const { status, body: problem } = await client.call('DELETE', '/users/me', body);
      expect(status).toBe(422);
      expect(problem.errors).toMatchObject([{ field: 'current_password' }]);
    }
    expect((await client.get('/users/me')).status).toBe(200);
    const scopes = ['read', 'write'];
    const { key } = (await client.post('/api-keys', { name: 'Program', scopes })).body;
    for (const token of [undefined, key]) {
      const { status } = await erase(createClient(test.baseUrl, token));
      expect(status).toBe(401);
    }
    expect((await client.get('/users/me')).status).toBe(200);
  });
});

describe('an answer that is still coming', () => {
  it('is stopped, and comes back to nobody', async () => {
    const model = await startModelServer();
    const slow = await startTestService({
      LLM_BASE_URL: model.baseUrl,
      LLM_API_KEY: 'test',
      LLM_MODEL: 'test-model',
    });
    try {
      const { client, user } = await signUp(slow.baseUrl);
      const { events } = await client.stream('/chat/stream', { message: 'Tell me much' });
      const { data: first } = (await events.next()).value ?? {};
      expect(await erase(client)).toMatchObject({ status: 200, body: { status: 'done' } });
      const rest = await Array.fromAsync(events, ({ data }) => data);
      expect(rest.at(-1)).toBe('[DONE]');
      expect(await findMentions(slow.database, [user.id, first.session_id])).toEqual([]);
    } finally {
      await slow.close();
      await model.close();
    }
  });
});

describe('a document that is still being read', () => {
  it('is gone as well, and nothing of it comes back', async () => {
    const { client, user } = await signUp(test.baseUrl);
    const { id: projectId } = (await client.post('/projects', { name: 'Hasty' })).body;
    const documents = `/projects/${projectId}/documents`;
    const text = Array.from({ length: 4000 }, (_, line) => `Line ${line} of hasty${line}.`);
    const { id } = (await client.upload(documents, text.join('\n\n'), 'long.txt')).body;
    await expect
      .poll(async () => (await client.get(`${documents}/${id}`)).body.status, { interval: 5 })
      .toBe('processing');
    expect(await erase(client)).toMatchObject({ status: 200, body: { status: 'done' } });
    await expect
      .poll(() => findMentions(test.database, [user.id, projectId, id]), { timeout: 10_000 })
      .toEqual([]);
    const { storage } = test.service.modules.files;
    const blobs = await Array.fromAsync(storage.list(), ({ key }) => storage.read(key));
    for (const blob of blobs) expect(await readText(blob)).not.toContain('hasty17');
  });
});

describe('an administrator', () => {
  it('cannot go as the last, and takes nobody along in whose name they act', async () => {
    const { users } = test.service.modules.identity;
    const admins = ['one@example.com', 'two@example.com'];
    for (const email of admins) await users.createAdmin({ email, password: TEST_PASSWORD });
    const [one, two] = await Promise.all(admins.map((email) => signIn(email)));
    const { user, client } = await signUp(test.baseUrl);
    const purpose = 'asked for help';
    const acting = await one?.post(`/admin/users/${user.id}/impersonate`, { purpose });
    const impersonator = createClient(test.baseUrl, acting?.body.access_token);
    expect((await impersonator.get('/users/me')).status).toBe(200);
    expect((await erase(impersonator)).status).toBe(403);
    expect((await impersonator.get('/users/me/export')).status).toBe(403);
    expect((await client.get('/users/me')).status).toBe(200);

    expect(await erase(one)).toMatchObject({ status: 200 });
    expect((await impersonator.get('/users/me')).status).toBe(401);
    expect(await erase(two)).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT', reason: 'user.last_admin' },
    });
  });
});

describe('a team with other members', () => {
  it('keeps what the user made in it, under one of its owners', async () => {
    const [leaver, heir] = [await signUp(test.baseUrl), await signUp(test.baseUrl)];
    const teamId = await addTeam([
      [heir.user.id, 'owner'],
      [leaver.user.id, 'member'],
    ]);
    const project = await inTeam(leaver.client, teamId, 'POST', '/projects', { name: 'Ours' });
    const session = await inTeam(leaver.client, teamId, 'POST', '/chat/sessions', { name: 'Mine' });

    const { body } = await erase(leaver.client);
    expect(body).toMatchObject({
      status: 'done',
      removed: { sessions: 1, teams: 1 },
      handed_over: { projects: 1 },
    });

    const kept = await inTeam(heir.client, teamId, 'GET', `/projects/${project.id}`);
    expect(kept).toMatchObject({ name: 'Ours', owner_id: heir.user.id });
    const sessions = await test.database
      .forSystem()
      .selectFrom('sessions')
      .select('id')
      .where('id', '=', session.id)
      .execute();
    expect(sessions).toEqual([]);
  });

  it('must have another owner first', async () => {
    const [leaver, other] = [await signUp(test.baseUrl), await signUp(test.baseUrl)];
    const teamId = await addTeam([
      [leaver.user.id, 'owner'],
      [other.user.id, 'admin'],
    ]);
    expect(await erase(leaver.client)).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT', reason: 'team.last_owner', details: { team_ids: [teamId] } },
    });
    expect((await leaver.client.get('/users/me')).status).toBe(200);
  });

  it('gets its most senior member for an owner where nobody can be asked', async () => {
    const [leaver, admin] = [await signUp(test.baseUrl), await signUp(test.baseUrl)];
    const viewer = await signUp(test.baseUrl);
    const teamId = await addTeam([
      [leaver.user.id, 'owner'],
      [viewer.user.id, 'viewer'],
      [admin.user.id, 'admin'],
    ]);
    await test.service.modules.identity.users.erase({ userId: leaver.user.id, isForced: true });
    await expect.poll(async () => (await leaver.client.get('/users/me')).status).toBe(401);
    const members = await test.database
      .forSystem()
      .selectFrom('team_members')
      .select(['user_id', 'role'])
      .where('team_id', '=', teamId)
      .orderBy('role')
      .execute();
    expect(members).toEqual([
      { user_id: admin.user.id, role: 'owner' },
      { user_id: viewer.user.id, role: 'viewer' },
    ]);
  });
});

async function signIn(email: string): Promise<Client> {
  const visitor = createClient(test.baseUrl);
  const { body } = await visitor.post('/auth/login', { email, password: TEST_PASSWORD });
  return createClient(test.baseUrl, body.access_token);
}

function erase(client: Client | undefined) {
  if (!client) throw new Error('nobody to erase');

  return client.call('DELETE', '/users/me', { current_password: TEST_PASSWORD });
}

async function addTeam(members: readonly (readonly [userId: string, role: TeamRole])[]) {
  const queries = test.database.forSystem();
  const teamId = randomUUID();
  await queries.insertInto('teams').values({ id: teamId, name: 'Shared' }).execute();
  for (const [userId, role] of members) {
    const member = { id: randomUUID(), team_id: teamId, user_id: userId, role };
    await queries.insertInto('team_members').values(member).execute();
  }
  return teamId;
}

async function inTeam(client: Client, teamId: string, ...[method, path, body]: InTeamCall) {
  const response = await client.request(method, path, {
    headers: { 'x-team-id': teamId, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return JSON.parse(await response.text());
}

type InTeamCall = [method: string, path: string, body?: object];
