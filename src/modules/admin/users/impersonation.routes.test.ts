import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signInAdmin } from '#test/admins';
import { createClient, signUp, TEST_PASSWORD, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

let test: TestService;
let admin: Awaited<ReturnType<typeof signInAdmin>>;
beforeAll(async () => {
  test = await startTestService({ IMPERSONATION_MINUTES: '10' });
  admin = await signInAdmin(test);
});
afterAll(() => test.close());

async function impersonate(by = admin) {
  const { user } = await signUp(test.baseUrl);
  const path = `/admin/users/${user.id}/impersonate`;
  const { status, body } = await by.client.post(path, { purpose: 'ticket 12' });
  return { user, status, body, client: createClient(test.baseUrl, body.access_token) };
}

it('gives a token of the user alone, for the time that is set, which says whose it is', async () => {
  const { user, status, body, client } = await impersonate();
  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: 'bearer', expires_in: 600, user: { id: user.id } });
  expect(body).not.toHaveProperty('refresh_token');
  const claims = decodeJwt(body.access_token);
  expect(claims).toMatchObject({ sub: user.id, impersonator_id: admin.id });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
  const me = (await client.get('/users/me')).body;
  expect(me).toMatchObject({ id: user.id, impersonated_by: admin.id });
  expect((await admin.client.get('/users/me')).body).not.toHaveProperty('impersonated_by');
});

it('keeps in the audit log who did what in whose name', async () => {
  const { user, client } = await impersonate();
  await client.post('/auth/logout');
  const { items } = (await admin.client.get(`/admin/audit-log?target_id=${user.id}`)).body;
  const told = items.map(({ action, actor_id, impersonator_id }: Json) => [
    action,
    actor_id,
    impersonator_id,
  ]);
  expect(told.slice(0, 2)).toEqual([
    ['auth.logout', user.id, admin.id],
    ['user.impersonated', admin.id, null],
  ]);
  expect(items[1].after.purpose).toBe('ticket 12');
});

it('ends with a logout', async () => {
  const { client } = await impersonate();
  expect((await client.post('/auth/logout')).status).toBe(204);
  expect((await client.get('/users/me')).status).toBe(401);
});

it('ends when the administrator is one no more', async () => {
  const helper = await signInAdmin(test);
  const { client } = await impersonate(helper);
  expect((await client.get('/users/me')).status).toBe(200);
  await admin.client.call('PATCH', `/admin/users/${helper.id}`, { role: 'user' });
  expect((await client.get('/users/me')).status).toBe(401);
});

it('does not do what is for people in person', async () => {
  const { client } = await impersonate();
  const password = { current_password: TEST_PASSWORD, new_password: 'An0ther-battery!' };
  const email = { current_password: TEST_PASSWORD, email: 'other@example.com' };
  for (const answer of [
    await client.call('PUT', '/users/me/password', password),
    await client.post('/users/me/email', email),
    await client.post('/api-keys', { name: 'stays', scopes: ['read'] }),
    await client.get('/users/me/export'),
    await client.call('DELETE', '/users/me', { current_password: TEST_PASSWORD }),
  ]) {
    expect(answer).toMatchObject({ status: 403, body: { reason: 'impersonation.refused' } });
  }
});

it('reaches nothing of administrators, not even for a user who became one', async () => {
  const { user, client } = await impersonate();
  expect((await client.post(`/admin/users/${admin.id}/impersonate`)).status).toBe(403);
  await admin.client.call('PATCH', `/admin/users/${user.id}`, { role: 'admin' });
  expect((await client.get('/users/me')).body.role).toBe('admin');
  expect((await client.get('/admin/users')).status).toBe(403);
  expect((await client.post(`/admin/users/${user.id}/impersonate`)).status).toBe(403);
});

it('is refused for an administrator, and for a deactivated user', async () => {
  const { user } = await signUp(test.baseUrl);
  await admin.client.post(`/admin/users/${user.id}/deactivate`);
  const deactivated = await admin.client.post(`/admin/users/${user.id}/impersonate`);
  expect(deactivated.status).toBe(409);
  const other = await signInAdmin(test);
  const refused = await admin.client.post(`/admin/users/${other.id}/impersonate`);
  expect(refused).toMatchObject({ status: 403, body: { reason: 'impersonation.admin' } });
});
