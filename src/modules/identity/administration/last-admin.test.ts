import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { buildActor } from '#test/http-app';
import { setPasswordHash } from '../testing/accounts.ts';
import { buildIdentity } from '../testing/identity-under-test.ts';
import { PASSWORD } from '../testing/visitor.ts';

const LAST_ADMIN = { kind: 'conflict', options: { reason: 'user.last_admin' } };

let test: TestDatabase;
let identity: ReturnType<typeof buildIdentity>['identity'];
beforeAll(async () => {
  test = await createTestDatabase();
  ({ identity } = buildIdentity(test.database));
});
afterAll(() => test.close());

/** Administrators, and nobody else who is one. */
async function appoint(count: number) {
  await test.database.unscoped().updateTable('users').set({ role: 'user' }).execute();
  return Promise.all(
    Array.from({ length: count }, () =>
      identity.users.createAdmin({ email: `${randomUUID()}@example.com`, password: PASSWORD }),
    ),
  );
}

const admin = buildActor({ role: 'admin' });
const ACTS = [
  ['demoted', (id) => identity.userAdministration.update(admin, { id, role: 'user' })],
  ['deactivated', (id) => identity.userAdministration.deactivate(admin, { id })],
] satisfies [string, (id: typeof admin.userId) => Promise<unknown>][];

it.each(ACTS)('is not %s, even when all are at once', async (_name, act) => {
  const admins = await appoint(4);
  const results = await Promise.allSettled(admins.map(({ id }) => act(id)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: LAST_ADMIN },
  ]);
});

it.each(ACTS)('among those who sign in elsewhere is not %s', async (_name, act) => {
  const [last, external] = await appoint(2);
  if (!last || !external) throw new Error('two were appointed');
  await setPasswordHash(test.database, { id: external.id, passwordHash: null });
  await expect(act(last.id)).rejects.toMatchObject(LAST_ADMIN);
  await expect(act(external.id)).resolves.toBeDefined();
});

it.each(ACTS)('among deactivated ones is not %s', async (_name, act) => {
  const [last, other] = await appoint(2);
  if (!last || !other) throw new Error('two were appointed');
  await identity.userAdministration.deactivate(admin, { id: other.id });
  await expect(act(last.id)).rejects.toMatchObject(LAST_ADMIN);
  await expect(act(other.id)).resolves.toBeDefined();
});
