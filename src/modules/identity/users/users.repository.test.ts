import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { createTeamsRepository } from '../teams/teams.repository.ts';
import { emailOf } from '../testing/email-of.ts';
import { createUsersRepository, type NewUser } from './users.repository.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

function buildUser(changes: Partial<NewUser> = {}) {
  const id = newId<UserId>();
  return {
    id,
    email: emailOf(`${id}@example.com`),
    username: null,
    firstName: null,
    lastName: null,
    role: 'user',
    passwordHash: 'a hash',
    ...changes,
  } satisfies NewUser;
}

async function insertWithTeam(user: NewUser): Promise<void> {
  const queries = test.database.forSystem();
  await createUsersRepository(queries).insert(user);
  const team = { id: newId<TeamId>(), userId: user.id, name: 'Personal' };
  await createTeamsRepository(queries).insertPersonal(team);
}

const users = () => createUsersRepository(test.database.forSystem());

describe('the users', () => {
  it('keeps what it was given, with the tier of the personal team', async () => {
    const user = buildUser({ username: 'ada', firstName: 'Ada', lastName: 'Lovelace' });
    await insertWithTeam(user);
    const { passwordHash, ...profile } = user;
    const found = await users().find(user.id);
    expect(found).toMatchObject({ ...profile, tier: 'free', isActive: true });
    expect(found?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(found).not.toHaveProperty('passwordHash', passwordHash);
  });

  it('takes an address once, whatever form it was typed in', async () => {
    const email = emailOf('Rene\u0301.İlk@Example.COM');
    await expect(users().insert(buildUser({ email }))).resolves.toBe(true);
    const again = emailOf('ren\u00e9.i\u0307lk@example.com.');
    await expect(users().insert(buildUser({ email: again }))).resolves.toBe(false);
  });

  it('keeps any number of users without an address', async () => {
    await expect(users().insert(buildUser({ email: null }))).resolves.toBe(true);
    await expect(users().insert(buildUser({ email: null }))).resolves.toBe(true);
  });

  it('finds a user by address or by id together with the hash', async () => {
    const email = emailOf('found@example.com');
    const user = buildUser({ email });
    await insertWithTeam(user);
    const expected = { id: user.id, passwordHash: 'a hash' };
    await expect(users().findWithPassword({ email })).resolves.toMatchObject(expected);
    await expect(users().findWithPassword({ id: user.id })).resolves.toMatchObject(expected);
    const nobody = { email: emailOf('nobody@example.com') };
    await expect(users().findWithPassword(nobody)).resolves.toBeUndefined();
  });

  it('changes the names that are given and leaves the others', async () => {
    const user = buildUser({ username: 'ada', firstName: 'Ada', lastName: 'Lovelace' });
    await insertWithTeam(user);
    await users().updateNames(user.id, { firstName: null, lastName: 'King' });
    await expect(users().find(user.id)).resolves.toMatchObject({
      username: 'ada',
      firstName: null,
      lastName: 'King',
    });
  });

  it('exchanges a hash only for the one it was made from', async () => {
    const user = buildUser({ passwordHash: 'old' });
    await insertWithTeam(user);
    await users().updatePassword(user.id, 'changed meanwhile');
    await users().replacePasswordHash(user.id, 'old', 'rehashed');
    await expect(users().findWithPassword({ id: user.id })).resolves.toMatchObject({
      passwordHash: 'changed meanwhile',
    });
  });
});
