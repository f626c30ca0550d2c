import { describe, expect, it } from 'vitest';
import { deactivate, readPasswordHash, setPasswordHash } from '../testing/accounts.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { PASSWORD, UNAUTHORIZED } from '../testing/visitor.ts';

const { test, built, visitor } = await startIdentity();

describe('POST /auth/login', () => {
  it('answers tokens that sign in, and the user', async () => {
    const { email, user } = await visitor.signUp();
    const response = await visitor.login(email);
    expect(response.statusCode).toBe(200);
    const body = response.json();
    expect(body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 1800,
      user,
    });
    const me = await visitor.me({ authorization: `bearer ${body.access_token}` });
    expect(me.json()).toEqual(user);
  });

  it('knows an address in any form', async () => {
    const { email } = await visitor.signUp();
    const response = await visitor.login(` ${email.toUpperCase()} `);
    expect(response.statusCode).toBe(200);
  });

  it('answers a wrong password and an unknown account alike', async () => {
    const { email } = await visitor.signUp();
    const wrong = await visitor.login(email, { password: `${PASSWORD}!` });
    const unknown = await visitor.login(email.replace('@', '@not-'), { password: PASSWORD });
    expect(wrong.json()).toMatchObject(UNAUTHORIZED);
    expect(Object.keys(wrong.headers)).toEqual(Object.keys(unknown.headers));
    expect(withoutTrace(wrong.json())).toEqual(withoutTrace(unknown.json()));
    expect(wrong.json()).not.toHaveProperty('reason');
  });

  it('refuses a deactivated account, and says so only to who knows the password', async () => {
    const { email, user } = await visitor.signUp();
    await deactivate(test.database, user.id);
    const right = await visitor.login(email);
    expect(right.statusCode).toBe(403);
    expect(right.json()).toMatchObject({ code: 'FORBIDDEN' });
    const wrong = await visitor.login(email, { password: 'Wrong-passw0rd' });
    expect(wrong.json()).toMatchObject(UNAUTHORIZED);
  });

  it('refuses the right password too after ten wrong ones, for a quarter of an hour', async () => {
    const { email } = await visitor.signUp();
    for (let guess = 0; guess < 10; guess += 1) {
      await visitor.login(email, { password: `Wrong-passw0rd-${guess}` });
    }
    expect((await visitor.login(email)).json()).toMatchObject(UNAUTHORIZED);
    built.clock.advance(15 * 60);
    expect((await visitor.login(email)).statusCode).toBe(200);
  });

  it('takes an imported bcrypt hash once, and keeps an argon2id hash from then on', async () => {
    const { email, user } = await visitor.signUp();
    const imported = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    await setPasswordHash(test.database, { id: user.id, passwordHash: imported });
    expect((await visitor.login(email, { password: 'u*u' })).statusCode).toBe(401);
    expect((await visitor.login(email, { password: 'U*U' })).statusCode).toBe(200);
    expect(await readPasswordHash(test.database, user.id)).toMatch(/^\$argon2id\$/);
    expect((await visitor.login(email, { password: 'U*U' })).statusCode).toBe(200);
  });

  it('signs nobody in who has no password', async () => {
    const { email, user } = await visitor.signUp();
    await setPasswordHash(test.database, { id: user.id, passwordHash: null });
    expect((await visitor.login(email)).json()).toMatchObject(UNAUTHORIZED);
  });

  it('logs each attempt with its outcome and no secret', async () => {
    const { email, user } = await visitor.signUp();
    built.logLines.length = 0;
    const { accessToken, refreshToken } = await visitor.signIn(email);
    await visitor.login(email, { password: 'Wrong-passw0rd' });
    const lines = built.logLines.map((line) => JSON.parse(line));
    const attempts = lines.filter(({ event }) => event === 'login');
    expect(attempts).toMatchObject([
      { outcome: 'success', user_id: user.id },
      { outcome: 'failure', user_id: user.id, reason: 'wrong_password' },
    ]);
    const log = built.logLines.join('');
    for (const secret of [PASSWORD, 'Wrong-passw0rd', accessToken, refreshToken]) {
      expect(log).not.toContain(secret);
    }
  });

  it('counts what happened in the metrics', async () => {
    const { email } = await visitor.signUp();
    const logins = /^auth_events_total\{event="login",provider="password"\} (\d+)$/m;
    const failures = /^auth_failures_total\{reason="wrong_password"\} (\d+)$/m;
    const before = [await countOf(logins), await countOf(failures)];
    await visitor.login(email);
    await visitor.login(email, { password: 'Wrong-passw0rd' });
    const after = [await countOf(logins), await countOf(failures)];
    expect(after).toEqual(before.map((count) => count + 1));
  });
});

function withoutTrace({ trace_id: _traceId, ...problem }: Record<string, unknown>) {
  return problem;
}

async function countOf(pattern: RegExp): Promise<number> {
  return Number(pattern.exec(await built.metrics.registry.metrics())?.[1] ?? 0);
}
