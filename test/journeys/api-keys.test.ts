import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient, signUp, uploadAndWait, type Client } from '#test/client';
import { startTestService, type TestService } from '#test/service';

let test: TestService;

beforeAll(async () => {
  test = await startTestService({ LOG_LEVEL: 'debug' });
});
afterAll(() => test.close());

async function issueKey(client: Client, changes: object = {}) {
  const body = { name: 'Program', scopes: ['write'], ...changes };
  const { body: issued } = await client.post('/api-keys', body);
  return { id: String(issued.id), key: String(issued.key) };
}

/** The client of a program, which has a key. */
async function keyClient(client: Client, changes: object = {}) {
  const { id, key } = await issueKey(client, changes);
  return { id, key, program: createClient(test.baseUrl, key) };
}

describe('a program with a key', () => {
  it('does what its user may do: projects, documents, questions', async () => {
    const { client, user } = await signUp(test.baseUrl);
    const { program } = await keyClient(client);
    const project = (await program.post('/projects', { name: 'By a program' })).body;
    expect(project.owner_id).toBe(user.id);
    const content = 'Walnuts grow on trees.';
    await uploadAndWait(program, project.id, { name: 'note.txt', content });
    const question = { message: 'Where do walnuts grow?', project_id: project.id };
    expect((await program.post('/chat', question)).status).toBe(200);
    expect((await client.get('/chat/sessions')).body.total).toBe(1);
  });

  it('that only reads may search too, and changes nothing', async () => {
    const { client } = await signUp(test.baseUrl);
    const { program } = await keyClient(client, { scopes: ['read'] });
    const { id } = (await client.post('/projects', { name: 'Kept' })).body;
    expect((await program.get(`/projects/${id}`)).status).toBe(200);
    const search = await program.post(`/projects/${id}/search`, { query: 'walnuts' });
    expect(search.status).toBe(200);
    const refused = [
      await program.call('PATCH', `/projects/${id}`, { name: 'Taken' }),
      await program.call('DELETE', `/projects/${id}`),
      await program.post('/projects', { name: 'Another' }),
      await program.post('/chat', { message: 'hello' }),
      await program.upload(`/projects/${id}/documents`, 'text', 'note.txt'),
    ];
    for (const { status, body } of refused)
      expect([status, body.reason]).toEqual([403, 'insufficient_scope']);
    const { items } = (await client.get('/projects')).body;
    expect(items).toMatchObject([{ name: 'Kept' }]);
  });

  it('finds nothing of another tenant', async () => {
    const [ada, eve] = [await signUp(test.baseUrl), await signUp(test.baseUrl)];
    const { id } = (await ada.client.post('/projects', { name: 'Secret' })).body;
    const { program } = await keyClient(eve.client);
    const foreign = await program.get(`/projects/${id}`);
    const unknown = await program.get(`/projects/${randomUUID()}`);
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    const { team_id: teamId } = (await ada.client.get(`/projects/${id}`)).body;
    const asAda = await program.request('GET', '/projects', { headers: { 'x-team-id': teamId } });
    expect(asAda.status).toBe(404);
  });

  it('never reaches administration, whoever its user is', async () => {
    const { client, user } = await signUp(test.baseUrl);
    const { program } = await keyClient(client);
    await test.database.pool.query(`update users set role = 'admin' where id = $1`, [user.id]);
    expect((await program.get('/admin/users')).status).toBe(403);
  });

  it('tells when it was last used', async () => {
    const { client } = await signUp(test.baseUrl);
    const { id, program } = await keyClient(client);
    expect((await client.get(`/api-keys/${id}`)).body.last_used_at).toBeNull();
    await program.get('/projects');
    await test.service.modules.identity.close();
    const { last_used_at: lastUsedAt } = (await client.get(`/api-keys/${id}`)).body;
    expect(Date.now() - Date.parse(lastUsedAt)).toBeLessThan(60_000);
  });

  it('leaves the key in no log line, however it is sent', async () => {
    const { client } = await signUp(test.baseUrl);
    const { id, key, program } = await keyClient(client);
    await program.get('/users/me');
    const visitor = createClient(test.baseUrl);
    await visitor.request('GET', '/users/me', { headers: { 'x-api-key': key } });
    await visitor.request('GET', `/projects?api_key=${key}`);
    await visitor.request('GET', `/nothing/${key}`);
    await visitor.request('POST', '/auth/refresh', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: key }),
    });
    await client.call('DELETE', `/api-keys/${id}`);
    await program.get('/users/me');
    expect(test.logged()).toContain('"reason":"invalid_token"');
    expect(test.logged()).not.toContain(key.slice(14));
  });
});

describe('a key of a team', () => {
  it('works as a member, and sees no conversation of a person', async () => {
    const { client, user } = await signUp(test.baseUrl);
    await client.post('/chat', { message: 'between us' });
    const { program } = await keyClient(client, { kind: 'team' });
    expect((await program.get('/chat/sessions')).body.total).toBe(0);
    const project = await program.post('/projects', { name: 'Of the team' });
    expect(project.status).toBe(201);
    const team = await program.get(`/teams/${project.body.team_id}`);
    expect(team.body).toMatchObject({ id: project.body.team_id, role: 'member' });
    expect((await program.get('/teams')).body).toMatchObject({ total: 1, items: [team.body] });
    expect(project.body.owner_id).not.toBe(user.id);
    expect((await client.get(`/projects/${project.body.id}`)).status).toBe(200);
    expect((await program.post('/chat', { message: 'by a program' })).status).toBe(200);
    expect((await program.get('/chat/sessions')).body.total).toBe(1);
    expect((await client.get('/chat/sessions')).body.total).toBe(1);
  });

  it('is gone with its team', async () => {
    const { client } = await signUp(test.baseUrl);
    const { id: teamId } = (await client.post('/teams', { name: 'Crew' })).body;
    const response = await client.request('POST', '/api-keys', {
      headers: { 'content-type': 'application/json', 'x-team-id': teamId },
      body: JSON.stringify({ name: 'Crew', kind: 'team', scopes: ['write'] }),
    });
    const { key } = JSON.parse(await response.text());
    const program = createClient(test.baseUrl, key);
    expect((await program.post('/projects', { name: 'One' })).status).toBe(201);
    expect((await client.call('DELETE', `/teams/${teamId}`)).status).toBe(204);
    await vi.waitFor(
      async () => {
        expect((await program.get('/projects')).status).toBe(401);
        const { rows } = await test.database.pool.query(
          'select id from users where service_team_id = $1',
          [teamId],
        );
        expect(rows).toEqual([]);
      },
      { timeout: 20_000, interval: 200 },
    );
  });
});
