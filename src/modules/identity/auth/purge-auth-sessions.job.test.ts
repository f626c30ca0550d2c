import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createTestQueue } from '#test/test-queue';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { createVisitor } from '../testing/visitor.ts';

const WEEK_SECONDS = 7 * 86_400;

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

it('deletes the sessions that are over and no other, as often as it runs', async () => {
  const { app, identity, clock } = await buildIdentityApp(test.database);
  const visitor = createVisitor(app);
  const queue = createTestQueue();
  identity.registerJobs(queue);
  const purge = () => queue.runScheduled('purge-auth-sessions');

  const { email } = await visitor.signUp();
  const former = await visitor.signIn(email);
  clock.advance(WEEK_SECONDS - 60);
  const current = await visitor.signIn(email);
  await purge();
  expect(await countSessions()).toBe(2);
  clock.advance(61);
  await purge();
  await purge();
  expect(await countSessions()).toBe(1);
  expect((await visitor.refresh(former.refreshToken)).statusCode).toBe(401);
  expect((await visitor.refresh(current.refreshToken)).statusCode).toBe(200);
  await app.close();
});

async function countSessions(): Promise<number> {
  const rows = await test.database.unscoped().selectFrom('auth_sessions').select('id').execute();
  return rows.length;
}
