import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { createVisitor, PASSWORD } from '../testing/visitor.ts';

const HOUR_SECONDS = 3600;
const EVIL = 'https://evil.example';

let test: TestDatabase;
let plain: Awaited<ReturnType<typeof buildIdentityApp>>;
let secure: Awaited<ReturnType<typeof buildIdentityApp>>;
let visitor: ReturnType<typeof createVisitor>;

beforeAll(async () => {
  test = await createTestDatabase();
  plain = await buildIdentityApp(test.database);
  secure = await buildIdentityApp(test.database, { isCookieSecure: true });
  visitor = createVisitor(plain.app);
});
afterAll(async () => {
  await plain.app.close();
  await secure.app.close();
  await test.close();
});

async function signInByCookie(changes: object = {}) {
  const { email, user } = await visitor.signUp();
  const response = await visitor.login(email, { cookie: true, ...changes });
  const cookie = `access_token=${response.cookies[0]?.value}`;
  return { user, response, headers: { cookie } };
}

describe('the sign-in cookie', () => {
  it('is out of reach of scripts and foreign pages, and lives a day', async () => {
    const { response } = await signInByCookie();
    expect(response.cookies).toEqual([
      {
        name: 'access_token',
        value: expect.any(String),
        path: '/',
        httpOnly: true,
        sameSite: 'Strict',
        maxAge: 24 * HOUR_SECONDS,
      },
    ]);
  });

  it('lives a week for who wants to be remembered', async () => {
    const { response } = await signInByCookie({ remember_me: true });
    expect(response.cookies[0]?.maxAge).toBe(7 * 24 * HOUR_SECONDS);
  });

  it('is bound to the host and to TLS where there is TLS', async () => {
    const { email } = await visitor.signUp();
    const response = await createVisitor(secure.app).login(email);
    expect(response.cookies[0]).toMatchObject({
      name: '__Host-access_token',
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
    });
    expect(response.cookies[0]).not.toHaveProperty('domain');
  });

  it('comes with tokens, unless the client wants the cookie alone', async () => {
    const { email } = await visitor.signUp();
    const both = await visitor.login(email);
    expect(both.cookies).toHaveLength(1);
    expect(both.json()).toHaveProperty('access_token');

    const alone = await visitor.login(email, { cookie: true });
    expect(alone.json()).toEqual({
      expires_in: 24 * HOUR_SECONDS,
      user: expect.objectContaining({ email }),
    });
    expect(alone.body).not.toContain(alone.cookies[0]?.value);
  });

  it('signs in until its own end, which is later than that of an access token', async () => {
    const { headers, user } = await signInByCookie();
    plain.clock.advance(24 * HOUR_SECONDS - 60);
    expect((await visitor.me(headers)).json()).toEqual(user);
    plain.clock.advance(60);
    expect((await visitor.me(headers)).statusCode).toBe(401);
  });

  it('is worth nothing after a logout, which takes it back', async () => {
    const { headers } = await signInByCookie();
    const response = await visitor.call('POST', '/auth/logout', { headers });
    expect(response.statusCode).toBe(204);
    expect(response.cookies[0]).toMatchObject({ name: 'access_token', value: '', path: '/' });
    expect(response.cookies[0]?.expires?.getTime()).toBe(0);
    expect((await visitor.me(headers)).statusCode).toBe(401);
  });

  it('does not help a page of another origin', async () => {
    const { headers } = await signInByCookie();
    const change = { body: { first_name: 'Eve' } };
    for (const foreign of [{ origin: EVIL }, { 'sec-fetch-site': 'cross-site' }]) {
      const request = { ...change, headers: { ...headers, ...foreign } };
      expect((await visitor.call('PATCH', '/users/me', request)).statusCode).toBe(403);
      const logout = { headers: { ...headers, ...foreign } };
      expect((await visitor.call('POST', '/auth/logout', logout)).statusCode).toBe(403);
    }
    const form = {
      body: '{"first_name":"Eve"}',
      headers: { ...headers, 'content-type': 'text/plain' },
    };
    expect((await visitor.call('PATCH', '/users/me', form)).statusCode).toBe(403);
    expect((await visitor.me(headers)).json()).toMatchObject({ first_name: null });
    expect((await visitor.call('PATCH', '/users/me', { ...change, headers })).statusCode).toBe(200);
  });

  it('is set and taken back for no foreign page, signed in or not', async () => {
    const { email } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    const requests = [
      ['/auth/login', { email, password: PASSWORD }],
      ['/auth/refresh', { refresh_token: refreshToken }],
      ['/auth/logout', { refresh_token: refreshToken }],
    ] as const;
    const foreign = [
      { origin: EVIL },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'content-type': 'text/plain' },
    ];
    for (const [path, content] of requests) {
      for (const headers of foreign) {
        const body = JSON.stringify(content);
        const typed = { 'content-type': 'application/json', ...headers };
        const answer = await visitor.call('POST', path, { body, headers: typed });
        expect.soft(answer.statusCode, `${path} ${JSON.stringify(headers)}`).toBe(403);
        expect.soft(answer.headers['set-cookie']).toBeUndefined();
      }
    }
    expect((await visitor.refresh(refreshToken)).statusCode).toBe(200);
  });

  it('is shared with no origin that is not listed', async () => {
    const { headers } = await signInByCookie();
    for (const origin of [EVIL, 'null', 'http://localhost.evil.example']) {
      const answer = await visitor.me({ ...headers, origin });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  it('lets no foreign page rotate a token', async () => {
    const { email } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    const { headers } = await signInByCookie();
    const foreign = [
      { origin: EVIL },
      { 'sec-fetch-site': 'cross-site' },
      { 'content-type': 'text/plain' },
    ];
    for (const from of foreign) {
      const body = JSON.stringify({ refresh_token: refreshToken });
      const request = {
        body,
        headers: { 'content-type': 'application/json', ...headers, ...from },
      };
      expect((await visitor.call('POST', '/auth/refresh', request)).statusCode).toBe(403);
    }
    const rows = await test.database
      .unscoped()
      .selectFrom('refresh_tokens')
      .innerJoin('auth_sessions', 'auth_sessions.id', 'refresh_tokens.auth_session_id')
      .innerJoin('users', 'users.id', 'auth_sessions.user_id')
      .where('users.email', '=', email)
      .select('refresh_tokens.used_at')
      .execute();
    expect(rows).toEqual([{ used_at: null }]);
  });
});
