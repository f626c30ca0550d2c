import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, signUp, uploadAndWait, type Answer, type Client } from '#test/client';
import { startTestService, type TestService } from '#test/service';

type Fixture = {
  /** The path parameters, as ids of what the victim owns. */
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

let test: TestService;
let victim: Client;
let stranger: Client;
let ids: Awaited<ReturnType<typeof createBelongings>>;
let operations: readonly Operation[];

beforeAll(async () => {
  test = await startTestService();
  victim = (await signUp(test.baseUrl)).client;
  stranger = (await signUp(test.baseUrl)).client;
  ids = await createBelongings(victim);
  operations = await listOperationsWithIds(test.baseUrl);
});
afterAll(() => test.close());

describe('another tenant', () => {
  it('has a fixture for every operation that takes an id', () => {
    const missing = operations.filter(({ operationId }) => !(operationId in fixtures()));
    expect(missing.map(({ operationId }) => operationId)).toEqual([]);
    process.stdout.write(`${operations.length} operations with ids are tried as another tenant\n`);
  });

  it('gets the answer of a random id for every id that is not theirs, and changes nothing', async () => {
    const before = await snapshot();
    for (const operation of operations) {
      const fixture = fixtures()[operation.operationId];
      if (!fixture) throw new Error(`no fixture for ${operation.operationId}`);
      const foreign = await tryOperation(operation, fixture, fixture.params);
      const random = Object.fromEntries(
        Object.keys(fixture.params).map((name) => [name, randomUUID()]),
      );
      const unknown = await tryOperation(operation, fixture, random);
      expect.soft(foreign, operation.operationId).toEqual(unknown);
      expect.soft(foreign.status, operation.operationId).toBe(404);
    }
    expect(await snapshot()).toEqual(before);
  });

  it('gets the same answer for an id of theirs nested in a path that is not', async () => {
    const own = await createBelongings(stranger);
    const answer = await stranger.get(`/projects/${own.projectId}/documents/${ids.documentId}`);
    expect(answer.status).toBe(404);
  });

  it('cannot act for a team it is not a member of', async () => {
    const me = await victim.get(`/projects/${ids.projectId}`);
    const response = await stranger.request('GET', '/projects', {
      headers: { 'x-team-id': me.body.team_id },
    });
    expect(response.status).toBe(404);
  });

  it('is let in where the id is its own, so that the refusals above mean something', async () => {
    expect((await victim.get(`/projects/${ids.projectId}`)).status).toBe(200);
    expect(
      (await victim.get(`/projects/${ids.projectId}/documents/${ids.documentId}`)).status,
    ).toBe(200);
    expect((await victim.get(`/chat/sessions/${ids.sessionId}`)).status).toBe(200);
  });
});

describe('without signing in', () => {
  it('every operation with an id is refused', async () => {
    const visitor = createClient(test.baseUrl);
    for (const { method, path } of operations) {
      const response = await visitor.request(method, path.replaceAll(/\{\w+\}/g, randomUUID()));
      expect.soft(response.status, `${method} ${path}`).toBe(401);
    }
  });
});

function fixtures(): Readonly<Record<string, Fixture>> {
  const project = { params: { id: ids.projectId } };
  const document = { params: { id: ids.projectId, document_id: ids.documentId } };
  const session = { params: { id: ids.sessionId } };
  const team = { params: { id: ids.teamId } };
  const invitation = { params: { id: ids.teamId, invitation_id: ids.invitationId } };
  const member = { params: { id: ids.teamId, user_id: ids.userId } };
  const apiKey = { params: { id: ids.apiKeyId } };
  return {
    getTeam: team,
    updateTeam: { ...team, body: { name: 'taken over' } },
    deleteTeam: team,
    leaveTeam: team,
    transferTeam: { ...team, body: { user_id: randomUUID() } },
    listTeamMembers: team,
    updateTeamMember: { ...member, body: { role: 'viewer' } },
    removeTeamMember: member,
    createInvitation: { ...team, body: { email: 'stranger@example.com', role: 'owner' } },
    listInvitations: team,
    resendInvitation: invitation,
    revokeInvitation: invitation,
    deleteAuthSession: { params: { id: ids.authSessionId } },
    getApiKey: apiKey,
    updateApiKey: { ...apiKey, body: { name: 'taken over' } },
    deleteApiKey: apiKey,
    getProject: project,
    updateProject: { ...project, body: { name: 'taken over' } },
    deleteProject: project,
    restoreProject: project,
    uploadDocument: project,
    listDocuments: project,
    searchProject: { ...project, body: { query: 'canary' } },
    getDocument: document,
    downloadDocument: document,
    listDocumentChunks: document,
    deleteDocument: document,
    restoreDocument: document,
    reindexDocument: document,
    watchDocument: document,
    getChatSession: session,
    updateChatSession: { ...session, body: { name: 'taken over' } },
    deleteChatSession: session,
    listChatMessages: session,
    deleteChatMessages: session,
    cancelChat: session,
    resumeChatStream: { params: { run_id: ids.runId } },
  };
}

/** Operations for whoever knows the id, which is told to its owner alone. */
const PUBLIC = new Set(['getErasure', 'getInvitation', 'acceptInvitation']);

type Operation = { readonly operationId: string; readonly method: string; readonly path: string };

async function listOperationsWithIds(baseUrl: string): Promise<readonly Operation[]> {
  const document = JSON.parse(await (await fetch(`${baseUrl}/openapi.json`)).text());
  return (
    Object.entries<Record<string, { operationId: string }>>(document.paths)
      // Administrators belong to no tenant; admin.test.ts tries to get in there.
      .filter(([path]) => path.includes('{') && !path.includes('/admin/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { operationId }]) => ({
          operationId,
          method: method.toUpperCase(),
          path: path.replace('/api/v1', ''),
        })),
      )
      .filter(({ operationId }) => !PUBLIC.has(operationId))
  );
}

async function tryOperation(
  { method, path }: Operation,
  fixture: Fixture,
  params: Readonly<Record<string, string>>,
) {
  const names = Object.keys(params);
  const url = path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => params[name] ?? params[names[0] ?? ''] ?? name,
  );
  const isUpload = method === 'POST' && path.endsWith('/documents');
  const answer = isUpload
    ? await stranger.upload(url, 'a stranger was here', 'note.txt')
    : await stranger.call(method, url, fixture.body);
  return { status: answer.status, body: withoutIds(answer, Object.values(params)) };
}

/** What is left of an answer when the ids asked for, and those of the request, are taken out. */
function withoutIds({ body }: Answer, params: readonly string[]): string {
  const text = params.reduce((rest, id) => rest.replaceAll(id, 'ID'), JSON.stringify(body));
  return text.replaceAll(/"trace_id":"\w+"/g, '');
}

async function createBelongings(client: Client) {
  const team = (await client.post('/teams', { name: 'Secret crew' })).body;
  const user = (await client.get('/users/me')).body;
  const guest = { email: `${randomUUID()}@example.com`, role: 'member' };
  const invitation = (await client.post(`/teams/${team.id}/invitations`, guest)).body;
  const apiKey = (await client.post('/api-keys', { name: 'Secret', scopes: ['read'] })).body;
  const project = (await client.post('/projects', { name: 'Secret' })).body;
  const content = `canary ${randomUUID()}`;
  const document = await uploadAndWait(client, project.id, { name: 'secret.txt', content });
  const { events } = await client.stream('/chat/stream', {
    message: 'canary?',
    project_id: project.id,
  });
  const seen = [];
  for await (const event of events) seen.push(event.data);
  const [started] = seen;
  return {
    teamId: team.id,
    userId: user.id,
    invitationId: invitation.id,
    apiKeyId: apiKey.id,
    authSessionId: (await client.get('/users/me/auth-sessions')).body.items[0].id,
    projectId: project.id,
    documentId: document.id,
    sessionId: started.session_id,
    runId: started.run_id,
  };
}

async function snapshot() {
  const paths = [
    `/teams/${ids.teamId}`,
    `/teams/${ids.teamId}/members`,
    `/teams/${ids.teamId}/invitations`,
    `/api-keys/${ids.apiKeyId}`,
    '/users/me/auth-sessions',
    `/projects/${ids.projectId}`,
    `/projects/${ids.projectId}/documents`,
    `/projects/${ids.projectId}/documents/${ids.documentId}`,
    `/chat/sessions/${ids.sessionId}`,
    `/chat/sessions/${ids.sessionId}/messages`,
  ];
  return Promise.all(paths.map(async (path) => (await victim.get(path)).body));
}
