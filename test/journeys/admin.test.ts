import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll, readSome, typesOf } from '../../src/modules/chat/testing/read-chat.ts';
import { signInAdmin } from '#test/admins';
import { createClient, signUp, TEST_PASSWORD, type Client, type Json } from '#test/client';
import { createSecretIssuer } from '#test/issuer';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { listOperations, type Operation } from '#test/openapi-operations';
import { formatRequest, sendRaw } from '#test/raw-http';
import { startTestService, type TestService } from '#test/service';

const issuer = createSecretIssuer('https://shared.example', 'a-secret-that-only-the-two-know-of');
const CLOSED_WITHIN_MS = 30_000;

let model: ModelServer;
let wire: ModelWire;
let test: TestService;
let admin: Awaited<ReturnType<typeof signInAdmin>>;
let operations: readonly Operation[];

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  test = await startTestService({
    LLM_BASE_URL: wire.baseUrl,
    AUTH_ISSUERS: JSON.stringify([issuer.setting]),
  });
  admin = await signInAdmin(test);
  const all = await listOperations(test.baseUrl);
  operations = all.filter(({ path }) => path.startsWith('/admin/'));
});
afterAll(async () => {
  await test.close();
  await wire.close();
  await model.close();
});
beforeEach(() => wire.reset());

/** Somebody's key that may read and write, and a client that has it. */
async function makeKey(owner: Client): Promise<Client> {
  const body = { name: 'mine', scopes: ['read', 'write'] };
  const answer = await owner.post('/api-keys', body);
  expect(answer.status).toBe(201);
  return createClient(test.baseUrl, answer.body.key);
}

const withIds = (path: string) => path.replaceAll(/\{\w+\}/g, randomUUID());

describe('an administrator', () => {
  it('alone cannot give up, or be shut out', async () => {
    const path = `/admin/users/${admin.id}`;
    const demoted = await admin.client.call('PATCH', path, { role: 'user' });
    const deactivated = await admin.client.post(`${path}/deactivate`);
    for (const answer of [demoted, deactivated]) {
      expect(answer).toMatchObject({ status: 409, body: { reason: 'user.last_admin' } });
    }
    expect((await admin.client.get('/admin/users')).status).toBe(200);
  });

  it('finds a user, helps in their name, and all of it can be read afterwards', async () => {
    const { user, email, client } = await signUp(test.baseUrl);
    const found = await admin.client.get(`/admin/users?search=${email}`);
    expect(found.body.items).toMatchObject([{ id: user.id, is_active: true }]);

    const path = `/admin/users/${user.id}`;
    const { body } = await admin.client.post(`${path}/impersonate`, { purpose: 'asked for help' });
    const helper = createClient(test.baseUrl, body.access_token);
    const project = await helper.post('/projects', { name: 'Made for you' });
    expect((await client.get(`/projects/${project.body.id}`)).status).toBe(200);
    await helper.post('/auth/logout');
    expect((await helper.get('/users/me')).status).toBe(401);

    const flag = { name: `labs-${randomUUID()}`, enabled: true, rule: { plans: ['enterprise'] } };
    await admin.client.post('/admin/feature-flags', flag);
    expect((await client.get('/feature-flags')).body[flag.name]).toBe(false);
    await admin.client.call('PATCH', path, { tier: 'enterprise' });
    expect((await client.get('/feature-flags')).body[flag.name]).toBe(true);

    const { items } = (await admin.client.get(`/admin/audit-log?target_id=${user.id}`)).body;
    expect(items.map(({ action }: Json) => action)).toEqual([
      'user.tier_changed',
      'auth.logout',
      'user.impersonated',
      'auth.login',
      'auth.register',
    ]);
    const mine = await admin.client.get(`/admin/audit-log?actor_id=${admin.id}&action=user.`);
    expect(mine.body.items).toMatchObject([{ action: 'user.tier_changed' }, {}]);
  });

  it('reads the audit log by cursor without gaps, while it grows', async () => {
    const user = await signUp(test.baseUrl);
    for (let time = 0; time < 5; time += 1) {
      await createClient(test.baseUrl).post('/auth/login', {
        email: user.email,
        password: TEST_PASSWORD,
      });
    }
    const query = `/admin/audit-log?target_id=${user.user.id}&page_size=2`;
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await admin.client.get(`${query}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ id }: Json) => id));
      cursor = body.next_cursor ?? '';
      await user.client.post('/auth/logout');
    } while (cursor);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });
});

describe('a deactivated user', () => {
  it('is shut out of requests, keys, streams and refreshes, and nobody else is', async () => {
    const [victim, bystander] = [await signUp(test.baseUrl), await signUp(test.baseUrl)];
    const key = await makeKey(victim.client);
    expect((await key.get('/projects')).status).toBe(200);
    wire.holdAfter(10);
    const open = await victim.client.stream('/chat/stream', { message: 'Well?' });
    const other = await bystander.client.stream('/chat/stream', { message: 'Well?' });
    await Promise.all([readSome(open.events, 3), readSome(other.events, 3)]);

    const begun = performance.now();
    await admin.client.post(`/admin/users/${victim.user.id}/deactivate`);
    expect((await victim.client.get('/users/me')).status).toBe(403);
    expect((await key.get('/projects')).status).toBe(403);
    const refresh = { refresh_token: victim.login.refresh_token };
    const visitor = createClient(test.baseUrl);
    expect((await visitor.post('/auth/refresh', refresh)).status).toBe(403);

    const rest = await readAll(open.events);
    expect(performance.now() - begun).toBeLessThan(CLOSED_WITHIN_MS);
    expect(typesOf(rest).slice(-2)).toEqual(['error', '[DONE]']);
    expect(rest.at(-2)?.data).toMatchObject({ code: 'FORBIDDEN', reason: 'account_deactivated' });

    wire.release();
    expect(typesOf(await readAll(other.events)).slice(-2)).toEqual(['usage', '[DONE]']);
  });

  it('who is gone altogether is nobody, and so is their token', async () => {
    const { client } = await signUp(test.baseUrl);
    const current_password = TEST_PASSWORD;
    expect((await client.call('DELETE', '/users/me', { current_password })).status).toBeLessThan(
      300,
    );
    expect((await client.get('/users/me')).status).toBe(401);
  });
});

describe('the administrators’ surface', () => {
  it('is closed to users, keys and tokens of other issuers, whatever role they claim', async () => {
    const { client } = await signUp(test.baseUrl);
    const token = await issuer.sign(randomUUID(), { claims: { role: 'admin', is_admin: true } });
    const external = createClient(test.baseUrl, token);
    expect((await external.get('/users/me')).body.role).toBe('user');
    const keys = [await makeKey(client), await makeKey(admin.client)];
    for (const { operationId, method, path } of operations) {
      for (const caller of [client, external, ...keys]) {
        const { status } = await caller.call(method, withIds(path));
        expect.soft(status, operationId).toBe(403);
      }
    }
    expect(operations.length).toBeGreaterThan(18);
    process.stdout.write(`${operations.length} operations of administrators are tried\n`);
  });

  it('is closed to an administrator who comes by another issuer', async () => {
    const external = createClient(test.baseUrl, await issuer.sign(randomUUID()));
    const { id } = (await external.get('/users/me')).body;
    await admin.client.call('PATCH', `/admin/users/${id}`, { role: 'admin' });
    expect((await external.get('/users/me')).body.role).toBe('admin');
    expect((await external.get('/admin/users')).status).toBe(403);
  });

  it.each([
    ['//api/v1/admin/users', {}],
    ['/api/v1//admin/users', {}],
    ['/api/v1/Admin/users', {}],
    ['/api/v1/ADMIN/USERS', {}],
    ['/api/v1/%61dmin/users', {}],
    ['/api/v1/admin%2Fusers', {}],
    ['/api/v1/./admin/users', {}],
    ['/api/v1/users/../admin/users', {}],
    ['/api/v1/users/%2e%2e/admin/users', {}],
    ['/api/v1/admin/users/', {}],
    ['/api/v1/admin/users;x=1', {}],
    ['/api/v1/admin/users?access=public', {}],
    ['/api/v1/feature-flags', { 'X-Original-URL': '/api/v1/admin/users' }],
    ['/api/v1/feature-flags', { 'X-Rewrite-URL': '/api/v1/admin/users' }],
    ['/api/v1/admin/users', { 'X-Original-URL': '/health' }],
    ['/api/v1/admin/users', { 'X-HTTP-Method-Override': 'OPTIONS' }],
    ['/api/v1/admin/users', { 'X-Forwarded-For': '127.0.0.1', 'X-User-Role': 'admin' }],
  ])('is not got into as %s with %j', async (path, headers) => {
    const { client } = await signUp(test.baseUrl);
    const Authorization = `Bearer ${client.accessToken}`;
    const request = formatRequest(`GET ${path}`, { Authorization, ...headers });
    const { status, body } = await sendRaw(test.baseUrl, request);
    const answers = path.endsWith('/feature-flags') ? [200] : [400, 403, 404];
    expect(answers).toContain(status);
    expect(body).not.toContain('"total_pages"');
  });

  it('takes the method of the request line, whatever a header says', async () => {
    const { user, client } = await signUp(test.baseUrl);
    const request = formatRequest(`POST /api/v1/admin/users/${user.id}/activate`, {
      Authorization: `Bearer ${client.accessToken}`,
      'X-HTTP-Method-Override': 'GET',
      'Content-Length': '0',
    });
    expect((await sendRaw(test.baseUrl, request)).status).toBe(403);
  });
});
