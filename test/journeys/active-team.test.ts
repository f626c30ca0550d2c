import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createBelongings, pathFixtures, type Belongings } from '#test/belongings';
import { findMentions } from '#test/catalogue';
import { createClient, signUp, type Answer, type Client } from '#test/client';
import { actFor } from '#test/crew';
import { listOperations, type Operation } from '#test/openapi-operations';
import { startTestService, type TestService } from '#test/service';

/** What belongs to the active team stands under these; teams themselves are named by the path. */
const OF_ACTIVE_TEAM = /^\/(projects|chat|api-keys|memories|langgraph)\b/;

let test: TestService;
/** One user, who acts for two teams. */
let here: Client;
let there: Client;
let ids: Belongings;
let operations: readonly Operation[];

beforeAll(async () => {
  test = await startTestService();
  const { client, login } = await signUp(test.baseUrl);
  [here, there] = [await actForNewTeam(client, login), await actForNewTeam(client, login)];
  ids = await createBelongings(here);
  const all = await listOperations(test.baseUrl);
  operations = all.filter(({ path }) => OF_ACTIVE_TEAM.test(path));
});
afterAll(() => test.close());

/** A parameter may also be a number, such as that of a version. */
function isId(value: string | undefined): boolean {
  return value !== undefined && !/^\d+$/.test(value);
}

describe('a user of two teams', () => {
  it('finds in the lists of each what is its own', async () => {
    for (const path of ['/projects', '/chat/sessions', '/api-keys']) {
      expect.soft((await here.get(path)).body.total, path).toBe(1);
      expect.soft((await there.get(path)).body.total, path).toBe(0);
    }
  });

  it('gets for what is of one team, while acting for the other, the answer of a random id', async () => {
    const fixtures = pathFixtures(ids);
    const tried = operations.filter(({ operationId }) => operationId in fixtures);
    for (const { operationId, method, path } of tried) {
      const { params = {}, body } = fixtures[operationId] ?? {};
      const idNames = Object.keys(params).filter((name) => isId(params[name]));
      const random = { ...params, ...Object.fromEntries(idNames.map((n) => [n, randomUUID()])) };
      const attempt = async (values: Readonly<Record<string, string>>) => {
        const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name);
        const shownIds = Object.values(values).filter(isId);
        return shown(await call({ method, url, body, operationId }), shownIds);
      };
      const foreign = await attempt(params);
      expect.soft(foreign, operationId).toEqual(await attempt(random));
      expect.soft(foreign.status, operationId).toBe(404);
    }
    expect(tried.length).toBeGreaterThan(20);
    expect((await here.get(`/projects/${ids.projectId}`)).status).toBe(200);
    expect((await here.get(`/chat/sessions/${ids.sessionId}`)).status).toBe(200);
  });

  it('cannot reach from one team into the other by an id in a body', async () => {
    for (const [path, body] of [
      ['/chat/sessions', { project_id: ids.projectId }],
      ['/chat', { message: 'canary?', project_id: ids.projectId }],
      ['/chat', { message: 'canary?', session_id: ids.sessionId }],
    ] as const) {
      expect.soft((await there.post(path, body)).status, JSON.stringify(body)).toBe(404);
    }
  });
});

describe('a key', () => {
  it.each(['team', 'personal'] as const)(
    'of kind %s reads its one team, and changes no team',
    async (kind) => {
      const scopes = ['read', 'write'];
      const { body: issued } = await here.post('/api-keys', { name: 'Key', kind, scopes });
      const byKey = createClient(test.baseUrl, { 'x-api-key': issued.key });
      const { body: teams } = await byKey.get('/teams');
      expect(teams).toMatchObject({ total: 1, items: [{ id: issued.team_id }] });
      const role = kind === 'team' ? 'member' : 'owner';
      const path = `/teams/${issued.team_id}`;
      expect((await byKey.get(path)).body).toMatchObject({ role, is_personal: false });
      expect((await byKey.get(`${path}/members`)).body.total).toBe(1);
      expect((await byKey.get(`/teams/${ids.teamId}`)).status).toBe(404);
      const guest = { email: `${randomUUID()}@example.com`, role: 'viewer' };
      for (const [method, url, body] of [
        ['POST', '/teams', { name: 'New' }],
        ['PATCH', path, { name: 'Renamed' }],
        ['DELETE', path, undefined],
        ['POST', `${path}/invitations`, guest],
        ['POST', `${path}/leave`, {}],
      ] as const) {
        expect.soft((await byKey.call(method, url, body)).status, `${method} ${url}`).toBe(401);
      }
    },
  );
});

describe('a team that is deleted', () => {
  it('takes everything along, in every table and in the storage, and nothing of others', async () => {
    const { client, login } = await signUp(test.baseUrl);
    const team = await actForNewTeam(client, login);
    const teamId = String((await client.get('/teams?sort=-created_at')).body.items[0].id);
    const blobs = await countBlobs();
    const gone = await createBelongings(team);
    const key = { name: 'Ours', kind: 'team', scopes: ['read', 'write'] };
    const { body: issued } = await team.post('/api-keys', key);
    const needles = [teamId, gone.projectId, gone.documentId, gone.sessionId, gone.runId];
    const tables = (await mentions(needles)).map(({ table }) => table);
    expect(new Set(tables).size).toBeGreaterThan(8);
    expect(await countBlobs()).toBeGreaterThan(blobs);

    expect((await client.call('DELETE', `/teams/${teamId}`)).status).toBe(204);
    expect((await team.get('/projects')).status).toBe(404);
    await vi.waitFor(async () => expect(await mentions(needles)).toEqual([]), {
      timeout: 20_000,
      interval: 100,
    });
    expect(await countBlobs()).toBe(blobs);
    const byKey = await fetch(`${test.baseUrl}/api/v1/projects`, {
      headers: { 'x-api-key': issued.key },
    });
    expect(byKey.status).toBe(401);
    expect((await client.get('/teams')).body.items.map(isPersonal)).toContain(true);
    expect((await here.get(`/projects/${ids.projectId}/documents`)).body.total).toBe(1);
  });
});

async function actForNewTeam(client: Client, login: Answer['body']): Promise<Client> {
  const { body } = await client.post('/teams', { name: 'One of two' });
  return actFor(test.baseUrl, { token: login.access_token, teamId: body.id });
}

async function call(request: {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly operationId: string;
}): Promise<Answer> {
  const { method, url, body, operationId } = request;
  if (operationId === 'uploadDocument') return there.upload(url, 'from elsewhere', 'note.txt');
  return there.call(method, url, body);
}

/** What is left of an answer when the ids asked for, and those of the request, are taken out. */
function shown({ status, body }: Answer, values: readonly string[]) {
  const text = values.reduce((rest, id) => rest.replaceAll(id, 'ID'), JSON.stringify(body));
  return { status, body: text.replaceAll(/"trace_id":"\w+"/g, '') };
}

/** Rows that name what is gone, but for those of the history. */
async function mentions(needles: readonly string[]) {
  const rows = await findMentions(test.database, needles);
  return rows.filter(({ table }) => !HISTORY.has(table));
}

const HISTORY = new Set(['public.audit_log']);

async function countBlobs(): Promise<number> {
  return (await Array.fromAsync(test.service.modules.files.storage.list())).length;
}

function isPersonal({ is_personal }: { readonly is_personal: boolean }): boolean {
  return is_personal;
}
