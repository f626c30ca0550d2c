import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signInAdmin } from '#test/admins';
import { createClient, signUp, TEST_PASSWORD, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

let test: TestService;
let admin: Awaited<ReturnType<typeof signInAdmin>>;
let ada: Awaited<ReturnType<typeof signUp>>;
beforeAll(async () => {
  test = await startTestService();
  admin = await signInAdmin(test);
  ada = await signUp(test.baseUrl);
});
afterAll(() => test.close());

async function create(body: object = {}): Promise<Json> {
  const name = `flag-${randomUUID()}`;
  const answer = await admin.client.post('/admin/feature-flags', { name, ...body });
  expect(answer.status).toBe(201);
  return answer.body;
}

const change = (id: string, body: object) =>
  admin.client.call('PATCH', `/admin/feature-flags/${id}`, body);
const flagsOf = async (who = ada): Promise<Json> => (await who.client.get('/feature-flags')).body;

it('is off when it is made, and follows each change at once', async () => {
  const flag = await create({ description: 'A try' });
  expect(flag).toMatchObject({ enabled: false, rule: {}, description: 'A try' });
  expect((await flagsOf())[flag.name]).toBe(false);
  await change(flag.id, { enabled: true });
  expect((await flagsOf())[flag.name]).toBe(true);
  await change(flag.id, { rule: { plans: ['pro'] } });
  expect((await flagsOf())[flag.name]).toBe(false);
  await change(flag.id, { rule: { users: [ada.user.id] } });
  expect((await flagsOf())[flag.name]).toBe(true);
  await admin.client.call('DELETE', `/admin/feature-flags/${flag.id}`);
  expect(await flagsOf()).not.toHaveProperty(flag.name);
});

it('answers for other modules what the caller is told', async () => {
  const flag = await create({ enabled: true, rule: { users: [ada.user.id] } });
  const { featureFlags } = test.service.modules.admin;
  const subject = { userId: ada.user.id, teamId: ada.user.id, tier: 'free' } as const;
  expect(await featureFlags.isEnabled(subject, flag.name)).toBe(true);
  expect(await featureFlags.isEnabled({ ...subject, userId: admin.id }, flag.name)).toBe(false);
  expect(await featureFlags.isEnabled(subject, 'never-made')).toBe(false);
});

it('is changed in part, and read as it was written', async () => {
  const rule = { plans: ['pro'], share: 12.5, share_by: 'team', teams: [randomUUID()] };
  const flag = await create({ rule });
  await change(flag.id, { enabled: true });
  const read = (await admin.client.get(`/admin/feature-flags/${flag.id}`)).body;
  expect(read).toMatchObject({ name: flag.name, enabled: true, rule });
  const list = (await admin.client.get('/admin/feature-flags?page_size=100')).body;
  expect(list.items).toContainEqual(read);
});

it('has a name of its own', async () => {
  const { name } = await create();
  expect((await admin.client.post('/admin/feature-flags', { name })).status).toBe(409);
});

it.each([
  [{ name: 'Not a name' }, 'name'],
  [{ rule: { share: 101 } }, 'rule.share'],
  [{ rule: { share: -1 } }, 'rule.share'],
  [{ rule: { plans: ['gold'] } }, 'rule.plans.0'],
  [{ rule: { users: ['ada'] } }, 'rule.users.0'],
  [{ rule: { everybody: true } }, 'rule.everybody'],
])('is refused as %j', async (body, field) => {
  const answer = await admin.client.post('/admin/feature-flags', { name: 'good', ...body });
  expect(answer.status).toBe(422);
  expect(answer.body.errors.map((error: Json) => error.field)).toContain(field);
});

it('leaves who changed what in the audit log', async () => {
  const flag = await create();
  await change(flag.id, { enabled: true });
  await admin.client.call('DELETE', `/admin/feature-flags/${flag.id}`);
  const { items } = (await admin.client.get(`/admin/audit-log?target_id=${flag.id}`)).body;
  expect(items).toMatchObject([
    { action: 'feature_flag.deleted', before: { name: flag.name }, after: null },
    { action: 'feature_flag.updated', before: { enabled: false }, after: { enabled: true } },
    { action: 'feature_flag.created', before: null, actor_id: admin.id },
  ]);
});

it('forgets a user who is erased, and is not on for all because nobody is left', async () => {
  const leaver = await signUp(test.baseUrl);
  const flag = await create({ enabled: true, rule: { users: [leaver.user.id] } });
  const erased = await leaver.client.call('DELETE', '/users/me', {
    current_password: TEST_PASSWORD,
  });
  expect(erased.status).toBeLessThan(300);
  const read = (await admin.client.get(`/admin/feature-flags/${flag.id}`)).body;
  expect(read.rule).toEqual({ users: [] });
  expect((await flagsOf())[flag.name]).toBe(false);
});

it('is told to nobody who is not signed in', async () => {
  expect((await createClient(test.baseUrl).get('/feature-flags')).status).toBe(401);
});
