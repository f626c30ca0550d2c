import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { createVisitor, PASSWORD } from '../testing/visitor.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

it.each([
  ['open', 201, undefined],
  ['invite', 403, 'registration_by_invitation'],
  ['closed', 403, 'registration_closed'],
] as const)('with REGISTRATION %s a sign-up is answered %i', async (mode, status, reason) => {
  const { app } = await buildIdentityApp(test.database, { registrationMode: mode });
  const email = `${randomUUID()}@example.com`;
  const body = { email, password: PASSWORD };
  const answer = await createVisitor(app).call('POST', '/auth/register', { body });
  expect(answer.statusCode).toBe(status);
  expect(answer.json().reason).toBe(reason);
  const users = await test.database
    .unscoped()
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .execute();
  expect(users).toHaveLength(status === 201 ? 1 : 0);
  await app.close();
});

it('a sign-up from before registration was closed cannot be confirmed any more', async () => {
  const settings = { isRegistrationConfirmed: true };
  const before = await buildIdentityApp(test.database, settings);
  const email = `${randomUUID()}@example.com`;
  const visitor = createVisitor(before.app);
  await visitor.call('POST', '/auth/register', { body: { email, password: PASSWORD } });
  await before.queue.runAll();
  const after = await buildIdentityApp(test.database, { ...settings, registrationMode: 'closed' });
  const body = { token: before.mailbox.tokenTo(email) };
  const confirm = (app: typeof after.app) =>
    createVisitor(app).call('POST', '/auth/register/confirm', { body });
  expect((await confirm(after.app)).statusCode).toBe(403);
  expect((await confirm(before.app)).statusCode).toBe(201);
  await Promise.all([before.app.close(), after.app.close()]);
});
