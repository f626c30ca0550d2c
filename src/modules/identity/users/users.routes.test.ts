import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids';
import { deactivate } from '../testing/accounts.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { PASSWORD } from '../testing/visitor.ts';

const NEW_PASSWORD = 'An0ther-battery';

const { test, built, visitor } = await startIdentity();

async function signedIn() {
  const { email, user } = await visitor.signUp({ username: 'ada', first_name: 'Ada' });
  return { email, user, ...(await visitor.signIn(email)) };
}

describe('GET /users/me', () => {
  it('answers who is signed in', async () => {
    const { bearer, user } = await signedIn();
    const response = await visitor.me(bearer);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(user);
  });

  it('refuses a request without or with a bad credential in one manner', async () => {
    const { accessToken, refreshToken } = await signedIn();
    const [header = '', payload = ''] = accessToken.split('.');
    const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const answers = await Promise.all([
      visitor.me({}),
      visitor.me({ authorization: 'Basic YTpi' }),
      visitor.me({ authorization: 'Bearer nonsense' }),
      visitor.me({ authorization: `Bearer ${refreshToken}` }),
      visitor.me({ authorization: `Bearer ${unsigned}.${payload}.` }),
      visitor.me({ authorization: `Bearer ${header}.${payload}` }),
      visitor.me({ cookie: 'access_token=nonsense' }),
      visitor.me({ 'x-access-token': accessToken }),
    ]);
    for (const answer of answers) {
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toMatchObject({ code: 'UNAUTHORIZED', detail: 'Invalid credentials' });
      expect(answer.json()).not.toHaveProperty('reason');
    }
    const inQuery = await visitor.call('GET', `/users/me?access_token=${accessToken}`);
    expect(inQuery.statusCode).toBe(401);
  });

  it('refuses an access token whose time is over', async () => {
    const { bearer } = await signedIn();
    built.clock.advance(30 * 60 - 1);
    expect((await visitor.me(bearer)).statusCode).toBe(200);
    built.clock.advance(1);
    expect((await visitor.me(bearer)).statusCode).toBe(401);
  });

  it('acts for a team of the caller only', async () => {
    const [ada, bob] = [await signedIn(), await signedIn()];
    const own = { ...ada.bearer, 'x-team-id': await personalTeamOf(ada.user.id) };
    expect((await visitor.me(own)).statusCode).toBe(200);
    const foreign = await visitor.me({
      ...ada.bearer,
      'x-team-id': await personalTeamOf(bob.user.id),
    });
    const unknown = await visitor.me({ ...ada.bearer, 'x-team-id': newId() });
    expect([foreign.statusCode, unknown.statusCode]).toEqual([404, 404]);
    expect(foreign.json().code).toBe(unknown.json().code);
  });

  it('tells the owner of an account that was deactivated since', async () => {
    const { bearer, user } = await signedIn();
    await deactivate(test.database, user.id);
    const response = await visitor.me(bearer);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('PATCH /users/me', () => {
  it('changes the names that are given, and takes one away by null', async () => {
    const { bearer, user } = await signedIn();
    const body = { first_name: null, last_name: 'Lovelace' };
    const response = await visitor.call('PATCH', '/users/me', { body, headers: bearer });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ ...user, ...body });
    expect((await visitor.me(bearer)).json()).toEqual({ ...user, ...body });
  });

  it('changes nothing for an empty body', async () => {
    const { bearer, user } = await signedIn();
    const response = await visitor.call('PATCH', '/users/me', { body: {}, headers: bearer });
    expect(response.json()).toEqual(user);
  });

  it.each([
    { role: 'admin' },
    { tier: 'enterprise' },
    { email: 'other@example.com' },
    { is_active: false },
    { id: '00000000-0000-7000-8000-000000000000' },
    { first_name: 'x'.repeat(101) },
    { first_name: '' },
    { first_name: 7 },
  ])('refuses %j and changes nothing', async (body) => {
    const { bearer, user } = await signedIn();
    const response = await visitor.call('PATCH', '/users/me', { body, headers: bearer });
    expect(response.statusCode).toBe(422);
    expect((await visitor.me(bearer)).json()).toEqual(user);
  });
});

describe('PUT /users/me/password', () => {
  it('changes the password and signs out everywhere else at once', async () => {
    const { email, bearer, refreshToken } = await signedIn();
    const other = await visitor.signIn(email);
    expect((await visitor.me(other.bearer)).statusCode).toBe(200);
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    expect((await change(bearer, body)).statusCode).toBe(204);

    expect((await visitor.me(other.bearer)).statusCode).toBe(401);
    expect((await visitor.refresh(other.refreshToken)).statusCode).toBe(401);
    expect((await visitor.me(bearer)).statusCode).toBe(200);
    expect((await visitor.refresh(refreshToken)).statusCode).toBe(200);
    expect((await visitor.login(email)).statusCode).toBe(401);
    expect((await visitor.login(email, { password: NEW_PASSWORD })).statusCode).toBe(200);
  });

  it('wants the current password', async () => {
    const { email, bearer } = await signedIn();
    const body = { current_password: 'Wrong-passw0rd', new_password: NEW_PASSWORD };
    const response = await change(bearer, body);
    expect(response.statusCode).toBe(422);
    expect(response.json().errors).toEqual([
      { field: 'current_password', message: 'Current password is incorrect' },
    ]);
    expect((await visitor.login(email)).statusCode).toBe(200);
  });

  it('wants a new password that meets the rules', async () => {
    const { bearer } = await signedIn();
    const weak = await change(bearer, { current_password: PASSWORD, new_password: 'Password!' });
    expect(weak.json().errors).toEqual([
      { field: 'new_password', message: 'Password must contain at least one number' },
    ]);
    const common = await change(bearer, { current_password: PASSWORD, new_password: 'P@ssw0rd' });
    expect(common.json().errors).toEqual([
      { field: 'new_password', message: 'Password is too common' },
    ]);
  });

  it('bounds the guesses of somebody who found an open session', async () => {
    const { email, bearer } = await signedIn();
    for (let guess = 0; guess < 10; guess += 1) {
      await change(bearer, { current_password: `Wrong-${guess}`, new_password: NEW_PASSWORD });
    }
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    expect((await change(bearer, body)).statusCode).toBe(422);
    expect((await visitor.login(email)).statusCode).toBe(401);
  });

  it('is for who is signed in', async () => {
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    expect((await change({}, body)).statusCode).toBe(401);
  });
});

describe('an administrator made by an operator', () => {
  it('signs in like anybody and has the role', async () => {
    const credentials = { email: ' Root@Example.com', password: PASSWORD };
    const admin = await built.identity.users.createAdmin(credentials);
    expect(admin).toMatchObject({ email: 'root@example.com', role: 'admin' });
    const { bearer } = await visitor.signIn('root@example.com');
    expect((await visitor.me(bearer)).json()).toMatchObject({ role: 'admin' });
  });

  it('keeps to the rules of everybody', async () => {
    const { createAdmin } = built.identity.users;
    await expect(createAdmin({ email: 'nobody', password: PASSWORD })).rejects.toMatchObject({
      kind: 'invalid',
    });
    await expect(
      createAdmin({ email: 'weak@example.com', password: 'weak' }),
    ).rejects.toMatchObject({ kind: 'invalid' });
    const { email } = await visitor.signUp();
    await expect(createAdmin({ email, password: PASSWORD })).rejects.toMatchObject({
      kind: 'duplicate',
    });
  });
});

function change(headers: Record<string, string>, body: object) {
  return visitor.call('PUT', '/users/me/password', { body, headers });
}

async function personalTeamOf(userId: string): Promise<string> {
  const team = await test.database
    .forSystem()
    .selectFrom('teams')
    .select('id')
    .where('personal_user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return team.id;
}
