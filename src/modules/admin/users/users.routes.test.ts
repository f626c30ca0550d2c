import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInAdmin } from '#test/admins';
import { createClient, signUp, TEST_PASSWORD, type Json } from '#test/client';
import { startMailServer, type MailServer } from '#test/mail-server';
import { startTestService, type TestService } from '#test/service';

let test: TestService;
let mails: MailServer;
let admin: Awaited<ReturnType<typeof signInAdmin>>;
beforeAll(async () => {
  mails = await startMailServer();
  test = await startTestService({ EMAIL_PROVIDER: 'smtp', SMTP_URL: mails.url });
  admin = await signInAdmin(test);
});
afterAll(async () => {
  await test.close();
  await mails.close();
});

async function signUpAs(profile: object) {
  const email = `${randomUUID()}@example.com`;
  const body = { email, password: TEST_PASSWORD, ...profile };
  return (await createClient(test.baseUrl).post('/auth/register', body)).body;
}

async function search(query: string): Promise<readonly string[]> {
  const { status, body } = await admin.client.get(`/admin/users?${query}`);
  expect(status).toBe(200);
  return body.items.map(({ id }: Json) => id);
}

async function auditOf(userId: string): Promise<Json[]> {
  return (await admin.client.get(`/admin/audit-log?target_id=${userId}&action=user.`)).body.items;
}

describe('the search of users', () => {
  it('finds a part of the address, the username or the names, in whatever case', async () => {
    const mark = randomUUID().slice(0, 8);
    const ada = await signUpAs({ username: `ada-${mark}`, first_name: 'Ada', last_name: mark });
    const bob = await signUpAs({ email: `bob.${mark}@example.com` });
    expect(new Set(await search(`search=${mark.toUpperCase()}`))).toEqual(
      new Set([ada.id, bob.id]),
    );
    expect(await search(`search=ADA%20${mark}`)).toEqual([ada.id]);
  });

  it.each(['%25%25%25', '___', '%5C%5C%5C'])(
    'takes %s for letters, not for a pattern',
    async (text) => {
      expect(await search(`search=${text}`)).toEqual([]);
    },
  );

  it('refuses a text that the index cannot find', async () => {
    const { status, body } = await admin.client.get('/admin/users?search=ab');
    expect([status, body.errors[0].field]).toEqual([422, 'search']);
  });

  it('narrows by role, tier, state and time of registration', async () => {
    const before = new Date().toISOString();
    const user = await signUpAs({});
    const since = `created_from=${before}`;
    expect(await search(`${since}&role=user&tier=free&is_active=true`)).toEqual([user.id]);
    expect(await search(`${since}&role=admin`)).toEqual([]);
    expect(await search(`${since}&tier=pro`)).toEqual([]);
    expect(await search(`${since}&is_active=false`)).toEqual([]);
    expect(await search(`created_to=${before}&search=${user.email}`)).toEqual([]);
  });

  it('pages in the order asked for', async () => {
    const mark = randomUUID().slice(0, 8);
    for (const letter of ['b', 'c', 'a'])
      await signUpAs({ email: `${letter}.${mark}@example.com` });
    const { body } = await admin.client.get(
      `/admin/users?search=${mark}&sort=email&page_size=2&page=2`,
    );
    expect(body.items.map(({ email }: Json) => email)).toEqual([`c.${mark}@example.com`]);
    expect(body).toMatchObject({ total: 3, total_pages: 2 });
  });
});

describe('a change of a user', () => {
  it('of the tier holds on their next request, and is audited', async () => {
    const { user, client } = await signUp(test.baseUrl);
    await client.get('/users/me');
    const { status, body } = await admin.client.call('PATCH', `/admin/users/${user.id}`, {
      tier: 'pro',
    });
    expect([status, body.tier]).toEqual([200, 'pro']);
    expect((await client.get('/users/me')).body.tier).toBe('pro');
    expect(await auditOf(user.id)).toMatchObject([
      {
        actor_id: admin.id,
        action: 'user.tier_changed',
        before: { tier: 'free' },
        after: { tier: 'pro' },
      },
    ]);
  });

  it('of the role holds on their next request', async () => {
    const { user, client } = await signUp(test.baseUrl);
    expect((await client.get('/admin/users')).status).toBe(403);
    await admin.client.call('PATCH', `/admin/users/${user.id}`, { role: 'admin' });
    expect((await client.get('/admin/users')).status).toBe(200);
    await client.call('PATCH', `/admin/users/${user.id}`, { role: 'user' });
    expect((await client.get('/admin/users')).status).toBe(403);
  });

  it('that changes nothing is not audited', async () => {
    const { user } = await signUp(test.baseUrl);
    await admin.client.call('PATCH', `/admin/users/${user.id}`, { tier: 'free', role: 'user' });
    await admin.client.post(`/admin/users/${user.id}/activate`);
    expect(await auditOf(user.id)).toEqual([]);
  });

  it('is refused for a member that administrators do not change here', async () => {
    const { user } = await signUp(test.baseUrl);
    const body = { email: 'other@example.com' };
    expect((await admin.client.call('PATCH', `/admin/users/${user.id}`, body)).status).toBe(422);
  });

  it.each(['', '/activate', '/deactivate'])(
    'is not found for an id nobody has: %s',
    async (act) => {
      const path = `/admin/users/${randomUUID()}${act}`;
      const { status } = await admin.client.call(act === '' ? 'PATCH' : 'POST', path, {});
      expect(status).toBe(404);
    },
  );
});

describe('a user whose password is reset', () => {
  it('is mailed a token, and does nothing before they have set a new one with it', async () => {
    const { user, email, client } = await signUp(test.baseUrl);
    const { status, body } = await admin.client.post(`/admin/users/${user.id}/reset-password`);
    expect([status, body.must_reset_password]).toEqual([200, true]);
    const refused = await client.get('/projects');
    expect(refused).toMatchObject({ status: 403, body: { reason: 'password_reset_required' } });

    const mail = await mails.waitFor(email, /password/i);
    const token = /[#?&]token=([\w-]+)/.exec(mail.parsed.text ?? '')?.[1];
    const reset = { token, new_password: 'An0ther-battery!' };
    const visitor = createClient(test.baseUrl);
    expect((await visitor.post('/auth/password/reset', reset)).status).toBeLessThan(300);
    const login = await visitor.post('/auth/login', { email, password: reset.new_password });
    const renewed = createClient(test.baseUrl, login.body.access_token);
    expect((await renewed.get('/projects')).status).toBe(200);
    expect(await auditOf(user.id)).toMatchObject([
      { action: 'user.password_reset', actor_id: admin.id },
    ]);
  });
});

describe('a deactivated user', () => {
  it('is shut out at once, and let in again after activation by signing in', async () => {
    const { user, email, login, client } = await signUp(test.baseUrl);
    await client.get('/users/me');
    const { body } = await admin.client.post(`/admin/users/${user.id}/deactivate`);
    expect(body.is_active).toBe(false);
    const visitor = createClient(test.baseUrl);
    const signIn = () => visitor.post('/auth/login', { email, password: TEST_PASSWORD });
    const refresh = { refresh_token: login.refresh_token };
    expect((await client.get('/users/me')).status).toBe(403);
    expect((await visitor.post('/auth/refresh', refresh)).status).toBe(403);
    expect((await signIn()).status).toBe(403);

    await admin.client.post(`/admin/users/${user.id}/activate`);
    expect((await client.get('/users/me')).status).toBe(401);
    expect((await signIn()).status).toBe(200);
    expect((await auditOf(user.id)).map(({ action }: Json) => action)).toEqual([
      'user.activated',
      'user.deactivated',
    ]);
  });
});
