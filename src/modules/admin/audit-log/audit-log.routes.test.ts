import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signInAdmin } from '#test/admins';
import { createClient, signUp, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

let test: TestService;
let admin: Awaited<ReturnType<typeof signInAdmin>>;
let ada: Awaited<ReturnType<typeof signUp>>;
beforeAll(async () => {
  test = await startTestService();
  admin = await signInAdmin(test);
  ada = await signUp(test.baseUrl);
  const visitor = createClient(test.baseUrl);
  await visitor.post('/auth/login', { email: ada.email, password: 'Wrong-passw0rd!' });
  await admin.client.call('PATCH', `/admin/users/${ada.user.id}`, { tier: 'pro' });
  await admin.client.post('/admin/feature-flags', { name: 'labs' });
});
afterAll(() => test.close());

async function list(query: string): Promise<readonly string[]> {
  const { status, body } = await admin.client.get(`/admin/audit-log?${query}`);
  expect(status).toBe(200);
  return body.items.map(({ action, outcome }: Json) =>
    outcome === 'success' ? action : `${action} failed`,
  );
}

it('tells of everything, youngest first', async () => {
  expect(await list('')).toEqual([
    'feature_flag.created',
    'user.tier_changed',
    'auth.login failed',
    'auth.login',
    'auth.register',
    'auth.login',
    'auth.register',
  ]);
});

it('is narrowed by who, what, to what and how it ended', async () => {
  expect(await list(`actor_id=${ada.user.id}`)).toEqual(['auth.login', 'auth.register']);
  expect(await list('action=user.')).toEqual(['user.tier_changed']);
  expect(await list('action=feature_flag.created')).toEqual(['feature_flag.created']);
  expect(await list('action=auth.log&outcome=failure')).toEqual(['auth.login failed']);
  expect(await list('target_type=feature_flag')).toEqual(['feature_flag.created']);
  expect(await list(`target_id=${ada.user.id}&outcome=success`)).toEqual([
    'user.tier_changed',
    'auth.login',
    'auth.register',
  ]);
  expect(await list(`target_id=${randomUUID()}`)).toEqual([]);
});

it('is narrowed by time, from the one and before the other', async () => {
  const { items } = (await admin.client.get('/admin/audit-log')).body;
  const [youngest, second] = items;
  expect(await list(`from=${second.created_at}&to=${youngest.created_at}`)).toEqual([
    'user.tier_changed',
  ]);
});

it('takes nothing in an action for a pattern', async () => {
  expect(await list('action=user_')).toEqual([]);
  expect((await admin.client.get('/admin/audit-log?action=%25')).status).toBe(422);
});

it('counts what the filter leaves', async () => {
  const { body } = await admin.client.get('/admin/audit-log?action=auth.&page_size=2&page=2');
  expect(body).toMatchObject({ total: 5, page: 2, page_size: 2, total_pages: 3 });
  expect(body.items).toHaveLength(2);
});
