import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isAllowed,
  TEAM_PERMISSIONS,
  TEAM_ROLES,
  type TeamPermission,
} from '#shared/team-permissions';
import { createClient, signUp, TEST_PASSWORD, type Answer, type Client } from '#test/client';
import { createCrew, mailedInvitation, type Crew, type Member } from '#test/crew';
import { startMailServer, type MailServer } from '#test/mail-server';
import { invalidStatus, listOperations, pathWith, refusedFields } from '#test/openapi-operations';
import { startTestService, type TestService } from '#test/service';

type Attempt = (client: Client, crew: Crew) => Promise<Answer>;

/** Members of a body that decide who somebody is, or what they may do. */
const PRIVILEGES = {
  role: 'admin',
  is_admin: true,
  team_id: randomUUID(),
  owner_id: randomUUID(),
  user_id: randomUUID(),
  tier: 'enterprise',
  credits: 1_000_000,
  email_verified: true,
  is_active: true,
  id: randomUUID(),
  created_at: '2000-01-01T00:00:00.000Z',
  status: 'ready',
};

let mailServer: MailServer;
let test: TestService;

beforeAll(async () => {
  mailServer = await startMailServer();
  test = await startTestService({
    EMAIL_PROVIDER: 'smtp',
    EMAIL_FROM: 'Groundwork <no-reply@example.com>',
    SMTP_URL: mailServer.url,
  });
});
afterAll(async () => {
  await test.close();
  await mailServer.close();
});

const crewOf = () => createCrew({ baseUrl: test.baseUrl, mailServer });
const newAddress = () => `${randomUUID()}@example.com`;

describe('each role', () => {
  it('may do what the table says, and nothing else', async () => {
    const crew = await crewOf();
    expect([...attempts().keys()].toSorted()).toEqual(Object.keys(TEAM_PERMISSIONS).toSorted());
    for (const [permission, attempt] of attempts()) {
      for (const role of TEAM_ROLES) {
        const { status } = await attempt(crew[role].client, crew);
        const isRefused = !isAllowed(role, permission);
        expect.soft(status === 403, `${role}, ${permission}: ${status}`).toBe(isRefused);
      }
    }
  });

  it('of a viewer asks no model, neither for one answer nor for a stream', async () => {
    const { viewer, member } = await crewOf();
    const messages = [{ role: 'user', content: 'Hello?' }];
    for (const body of [{ messages }, { messages, stream: true }]) {
      expect((await viewer.client.post('/ai/chat', body)).status).toBe(403);
      expect((await member.client.post('/ai/chat', body)).status).toBe(200);
    }
    expect((await viewer.client.post('/ai/completions', { prompt: 'x' })).status).toBe(403);
  });

  it('loses with the role what it gave, from the next request on', async () => {
    const crew = await crewOf();
    const { client, id } = crew.member;
    const make = () => client.post('/projects', { name: 'Made' });
    const setRole = (role: string) =>
      crew.owner.client.call('PATCH', `/teams/${crew.teamId}/members/${id}`, { role });
    for (const [role, status] of [
      ['viewer', 403],
      ['member', 201],
      ['viewer', 403],
    ] as const) {
      await setRole(role);
      expect.soft((await make()).status, role).toBe(status);
    }
    await crew.owner.client.call('DELETE', `/teams/${crew.teamId}/members/${id}`);
    expect((await make()).status).toBe(404);
  });
});

describe('nobody gets above their role', () => {
  it('by giving themselves another', async () => {
    const crew = await crewOf();
    for (const [role, { client, id }] of below(crew)) {
      const path = `/teams/${crew.teamId}/members/${id}`;
      const statuses = [
        (await client.call('PATCH', path, { role: 'owner' })).status,
        (await client.post(`/teams/${crew.teamId}/transfer`, { user_id: id })).status,
      ];
      expect.soft(statuses, role).toEqual([403, 403]);
    }
    expect(await rolesIn(crew)).toEqual(['owner', 'admin', 'member', 'viewer']);
  });

  it('by an invitation as owner, which a friend would accept', async () => {
    const crew = await crewOf();
    for (const [role, { client }] of below(crew)) {
      const body = { email: newAddress(), role: 'owner' };
      const { status } = await client.post(`/teams/${crew.teamId}/invitations`, body);
      expect.soft(status, role).toBe(403);
    }
  });

  it('by the last owner being demoted or removed', async () => {
    const { teamId, owner, admin } = await crewOf();
    const path = `/teams/${teamId}/members/${owner.id}`;
    expect((await admin.client.call('DELETE', path)).status).toBe(403);
    expect((await admin.client.call('PATCH', path, { role: 'viewer' })).status).toBe(403);
    expect((await owner.client.call('DELETE', path)).status).toBe(409);
  });

  it("by somebody else's invitation, or by using their own twice", async () => {
    const { teamId, owner } = await crewOf();
    const guest = await signUp(test.baseUrl);
    const thief = await signUp(test.baseUrl);
    await owner.client.post(`/teams/${teamId}/invitations`, { email: guest.email, role: 'admin' });
    const token = await mailedInvitation(mailServer, guest.email);
    const accept = (client: Client, body = {}) => client.post(`/invitations/${token}/accept`, body);
    expect((await accept(thief.client)).status).toBe(403);
    expect((await accept(guest.client)).status).toBe(200);
    await owner.client.call('DELETE', `/teams/${teamId}/members/${guest.user.id}`);
    const visitor = createClient(test.baseUrl);
    expect((await accept(guest.client)).status).toBe(404);
    expect((await accept(thief.client)).status).toBe(404);
    expect((await accept(visitor, { password: TEST_PASSWORD })).status).toBe(404);
  });

  it('by a member of a body that the route does not have', async () => {
    const { client, user } = await signUp(test.baseUrl);
    const before = [await client.get('/users/me'), await client.get('/teams')];
    // What a message to /mcp may have is for its protocol to say.
    const operations = (await listOperations(test.baseUrl)).filter(
      ({ body, path }) => body && !path.startsWith('/admin/') && path !== '/mcp',
    );
    let tried = 0;
    for (const operation of operations) {
      const { method, operationId, body } = operation;
      const url = pathWith(operation, randomUUID());
      for (const [name, value] of Object.entries(PRIVILEGES)) {
        if (name in membersOf(body)) continue;
        const answer = await client.call(method, url, { [name]: value });
        expect.soft(answer.status, `${operationId} with ${name}`).toBe(invalidStatus(operation));
        expect.soft(refusedFields(answer.body), `${operationId} with ${name}`).toContain(name);
        tried += 1;
      }
    }
    process.stdout.write(`${tried} members that no body has are tried\n`);
    const after = [await client.get('/users/me'), await client.get('/teams')];
    expect(after.map(({ body }) => body)).toEqual(before.map(({ body }) => body));
    expect(user.role).toBe('user');
  });
});

/** What needs each permission; who has it may do it again and again. Leaving comes last. */
function attempts(): ReadonlyMap<TeamPermission, Attempt> {
  return new Map<TeamPermission, Attempt>([
    ['team.read', (client) => client.get('/projects')],
    ['projects.write', (client) => client.post('/projects', { name: 'Made' })],
    ['documents.write', uploadToShared],
    ['files.write', (client) => client.upload('/files', randomUUID(), 'note.txt')],
    [
      'agents.write',
      inShared((client, path) => client.post(`${path}/agents`, { name: randomUUID() })),
    ],
    [
      'mcp_servers.change',
      inShared((client, path) => {
        const server = { name: randomUUID().slice(0, 8), url: 'https://mcp.example.com' };
        return client.post(`${path}/mcp-servers`, server);
      }),
    ],
    ['chat.write', (client) => client.post('/chat/sessions', {})],
    ['api_keys.change', (client) => client.post('/api-keys', { name: 'Key', scopes: ['read'] })],
    [
      'team_api_keys.change',
      (client) => client.post('/api-keys', { name: 'Key', kind: 'team', scopes: ['read'] }),
    ],
    [
      'team.change',
      (client, { teamId }) => client.call('PATCH', `/teams/${teamId}`, { name: 'Renamed' }),
    ],
    [
      'members.change',
      (client, { teamId, viewer }) =>
        client.call('PATCH', `/teams/${teamId}/members/${viewer.id}`, { role: 'viewer' }),
    ],
    [
      'invitations.change',
      (client, { teamId }) =>
        client.post(`/teams/${teamId}/invitations`, { email: newAddress(), role: 'viewer' }),
    ],
    [
      'team.transfer',
      (client, { teamId }) => client.post(`/teams/${teamId}/transfer`, { user_id: randomUUID() }),
    ],
    ['team_usage.read', (client, { owner }) => client.get(`/usage/summary?user_id=${owner.id}`)],
    ['provider_keys.change', (client) => client.get('/provider-keys')],
    [
      'spend_limits.change',
      (client) => {
        const amount = Math.ceil(Math.random() * 1e6);
        return client.post('/spend-limits', { scope: 'team', window: 'day', unit: 'cost', amount });
      },
    ],
    ['team.delete', (client, { teamId }) => client.call('DELETE', `/teams/${teamId}`)],
    ['team.leave', (client, { teamId }) => client.post(`/teams/${teamId}/leave`)],
  ]);
}

const uploadToShared = inShared((client, path) =>
  client.upload(`${path}/documents`, randomUUID(), 'note.txt'),
);

/** In a project that the owner has just made. */
function inShared(attempt: (client: Client, path: string) => Promise<Answer>): Attempt {
  return async (client, { owner }) => {
    const { id } = (await owner.client.post('/projects', { name: 'Shared' })).body;
    return attempt(client, `/projects/${id}`);
  };
}

function below({ admin, member, viewer }: Crew): readonly (readonly [string, Member])[] {
  return Object.entries({ admin, member, viewer });
}

async function rolesIn({ teamId, owner }: Crew): Promise<readonly string[]> {
  const { items } = (await owner.client.get(`/teams/${teamId}/members`)).body;
  return items.map(({ role }: { role: string }) => role);
}

/** The members that a body may have, in whatever branch of its schema. */
function membersOf(schema: Answer['body']): Readonly<Record<string, unknown>> {
  const branches = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((found) => found ?? []);
  return Object.assign({ ...schema.properties }, ...branches.map(membersOf));
}
