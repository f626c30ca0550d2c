import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { newId, type AuthSessionId, type TeamId, type UserId } from '#shared/ids';
import { createTeamsRepository } from '../teams/teams.repository.ts';
import { emailOf } from '../testing/email-of.ts';
import { createUsersRepository } from '../users/users.repository.ts';
import { createAccountsRepository } from './accounts.repository.ts';
import { createAuthSessionsRepository } from './auth-sessions.repository.ts';
import { createRefreshToken, hashRefreshToken } from './refresh-token.ts';
import { createRefreshTokensRepository } from './refresh-tokens.repository.ts';
import { createSignInAttemptsRepository } from './sign-in-attempts.repository.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const minutesFromNow = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const authSessions = () => createAuthSessionsRepository(test.database.unscoped());
const refreshTokens = () => createRefreshTokensRepository(test.database.unscoped());
const signInAttempts = () => createSignInAttemptsRepository(test.database.unscoped());
const accounts = () => createAccountsRepository(test.database.forSystem());

async function insertUser(): Promise<{ id: UserId; teamId: TeamId }> {
  const id = newId<UserId>();
  const teamId = newId<TeamId>();
  const queries = test.database.forSystem();
  await createUsersRepository(queries).insert({
    id,
    email: emailOf(`${id}@example.com`),
    username: null,
    firstName: null,
    lastName: null,
    role: 'user',
    passwordHash: 'a hash',
  });
  await createTeamsRepository(queries).insertPersonal({ id: teamId, userId: id, name: 'Personal' });
  return { id, teamId };
}

async function insertSession(userId: UserId, expiresAt = minutesFromNow(60)) {
  const id = newId<AuthSessionId>();
  await authSessions().insert({ id, userId, expiresAt, userAgent: 'test', ip: '::ffff:127.0.0.1' });
  return id;
}

describe('the accounts', () => {
  it('tell a user and every team of theirs, and which one is personal', async () => {
    const [ada, bob] = [await insertUser(), await insertUser()];
    await test.database
      .forSystem()
      .insertInto('team_members')
      .values({ id: newId(), team_id: bob.teamId, user_id: ada.id, role: 'viewer' })
      .execute();
    const account = await accounts().find(ada.id);
    expect(account).toMatchObject({ role: 'user', isActive: true });
    expect(account?.teams).toHaveLength(2);
    expect(account?.teams).toEqual(
      expect.arrayContaining([
        { id: ada.teamId, role: 'owner', tier: 'free', isPersonal: true },
        { id: bob.teamId, role: 'viewer', tier: 'free', isPersonal: false },
      ]),
    );
    await expect(accounts().find(newId<UserId>())).resolves.toBeUndefined();
  });
});

describe('the sign-in sessions', () => {
  it('end by a revocation, which is not written twice', async () => {
    const id = await insertSession((await insertUser()).id);
    await authSessions().revoke(id, { at: NOW, reason: 'logout' });
    await authSessions().revoke(id, { at: minutesFromNow(5), reason: 'password_changed' });
    await expect(authSessions().find(id)).resolves.toMatchObject({ revokedAt: NOW.toISOString() });
  });

  it('can be revoked for a user, all but one, without touching those of others', async () => {
    const [ada, bob] = [await insertUser(), await insertUser()];
    const kept = await insertSession(ada.id);
    const others = [await insertSession(ada.id), await insertSession(ada.id)];
    const foreign = await insertSession(bob.id);
    const revocation = { at: NOW, reason: 'password_changed' } as const;
    const revoked = await authSessions().revokeOthers({ userId: ada.id, kept }, revocation);
    expect([...revoked].toSorted()).toEqual(others.toSorted());
    await expect(authSessions().find(kept)).resolves.toMatchObject({ revokedAt: null });
    await expect(authSessions().find(foreign)).resolves.toMatchObject({ revokedAt: null });
  });

  it('are put off, never brought nearer', async () => {
    const id = await insertSession((await insertUser()).id, minutesFromNow(60));
    await authSessions().extend(id, minutesFromNow(90));
    await authSessions().extend(id, minutesFromNow(30));
    await expect(authSessions().find(id)).resolves.toMatchObject({
      expiresAt: minutesFromNow(90).toISOString(),
    });
  });

  it('are deleted once they expired, or were revoked long ago, with their tokens', async () => {
    const { id: userId } = await insertUser();
    const expired = await insertSession(userId, minutesFromNow(-1));
    const revokedLongAgo = await insertSession(userId);
    const revokedNow = await insertSession(userId);
    const alive = await insertSession(userId);
    await authSessions().revoke(revokedLongAgo, { at: minutesFromNow(-60), reason: 'logout' });
    await authSessions().revoke(revokedNow, { at: NOW, reason: 'logout' });
    const tokenHash = hashRefreshToken(createRefreshToken());
    const expiresAt = minutesFromNow(60);
    await refreshTokens().insert({ authSessionId: expired, tokenHash, expiresAt });

    const before = { expired: NOW, revoked: minutesFromNow(-30) };
    await expect(authSessions().deleteEnded(before, 1)).resolves.toBe(1);
    await expect(authSessions().deleteEnded(before, 1000)).resolves.toBe(1);
    await expect(authSessions().deleteEnded(before, 1000)).resolves.toBe(0);

    await expect(refreshTokens().lockByHash(tokenHash)).resolves.toBeUndefined();
    await expect(authSessions().find(expired)).resolves.toBeUndefined();
    await expect(authSessions().find(revokedLongAgo)).resolves.toBeUndefined();
    await expect(authSessions().find(revokedNow)).resolves.toBeDefined();
    await expect(authSessions().find(alive)).resolves.toBeDefined();
  });
});

describe('the refresh tokens', () => {
  it('are found by their hash, with what became of their session', async () => {
    const { id: userId } = await insertUser();
    const authSessionId = await insertSession(userId);
    const tokenHash = hashRefreshToken(createRefreshToken());
    await refreshTokens().insert({ authSessionId, tokenHash, expiresAt: minutesFromNow(60) });
    const found = await refreshTokens().lockByHash(tokenHash);
    expect(found).toMatchObject({
      authSessionId,
      userId,
      usedAt: null,
      childSealed: null,
      isSessionRevoked: false,
      isUserActive: true,
    });

    const childSealed = Buffer.from([0, 1, 254, 255]);
    await refreshTokens().markUsed(found?.id ?? '', { at: NOW, childSealed });
    await authSessions().revoke(authSessionId, { at: NOW, reason: 'logout' });
    const used = await refreshTokens().lockByHash(tokenHash);
    expect(used).toMatchObject({ usedAt: NOW.toISOString(), isSessionRevoked: true });
    expect(Buffer.from(used?.childSealed ?? [])).toEqual(childSealed);
    await expect(refreshTokens().findLiveSession(tokenHash)).resolves.toBeUndefined();
  });

  it('are deleted once they expired', async () => {
    const authSessionId = await insertSession((await insertUser()).id);
    const tokenHash = hashRefreshToken(createRefreshToken());
    await refreshTokens().insert({ authSessionId, tokenHash, expiresAt: minutesFromNow(-1) });
    await expect(refreshTokens().deleteExpired(NOW, 1000)).resolves.toBe(1);
    await expect(refreshTokens().lockByHash(tokenHash)).resolves.toBeUndefined();
  });
});

describe('the attempts to sign in', () => {
  it('count up within their window and begin anew after it', async () => {
    const email = emailOf('guessed@example.com');
    const window = { now: NOW, expiresAt: minutesFromNow(15) };
    await expect(signInAttempts().count(email, NOW)).resolves.toBe(0);
    await Promise.all([1, 2, 3].map(() => signInAttempts().add(email, window)));
    const late = { now: minutesFromNow(14), expiresAt: minutesFromNow(29) };
    await signInAttempts().add(email, late);
    await expect(signInAttempts().count(email, late.now)).resolves.toBe(4);

    const after = { now: minutesFromNow(15), expiresAt: minutesFromNow(30) };
    await expect(signInAttempts().count(email, after.now)).resolves.toBe(0);
    await signInAttempts().add(email, after);
    await expect(signInAttempts().count(email, after.now)).resolves.toBe(1);
  });

  it('are forgotten after a success, and once their window is over', async () => {
    const [cleared, expired] = [emailOf('cleared@example.com'), emailOf('expired@example.com')];
    const window = { now: NOW, expiresAt: minutesFromNow(15) };
    await signInAttempts().add(cleared, window);
    await signInAttempts().add(expired, window);
    await signInAttempts().clear(cleared);
    await expect(signInAttempts().count(cleared, NOW)).resolves.toBe(0);
    await expect(signInAttempts().count(expired, NOW)).resolves.toBe(1);
    await signInAttempts().deleteExpired(minutesFromNow(16), 1000);
    await expect(signInAttempts().count(expired, NOW)).resolves.toBe(0);
  });
});
