import { describe, expect, it } from 'vitest';
import { deactivate } from '../testing/accounts.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { UNAUTHORIZED } from '../testing/visitor.ts';

const { test, built, visitor } = await startIdentity();

describe('POST /auth/refresh', () => {
  it('answers a new pair as login does', async () => {
    const { email, user } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    const response = await visitor.refresh(refreshToken);
    expect(response.statusCode).toBe(200);
    const body = response.json();
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 1800, user });
    expect(body.refresh_token).not.toBe(refreshToken);
    const me = await visitor.me({ authorization: `Bearer ${body.access_token}` });
    expect(me.statusCode).toBe(200);
  });

  it('gives twenty calls at the same time the same child, and leaves one token alive', async () => {
    const { email } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => visitor.refresh(refreshToken)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
    const children = new Set(answers.map((answer) => answer.json().refresh_token));
    expect(children.size).toBe(1);
    const [child] = children;
    expect((await visitor.refresh(child)).statusCode).toBe(200);
  });

  it('ends the whole session when a used token comes back late, and no other', async () => {
    const { email, user } = await visitor.signUp();
    const first = await visitor.signIn(email);
    const other = await visitor.signIn(email);
    const second = (await visitor.refresh(first.refreshToken)).json();
    const third = (await visitor.refresh(second.refresh_token)).json();
    const youngest = { authorization: `Bearer ${third.access_token}` };
    expect((await visitor.me(youngest)).statusCode).toBe(200);

    built.clock.advance(11);
    built.logLines.length = 0;
    const reused = await visitor.refresh(first.refreshToken);
    expect(reused.json()).toMatchObject(UNAUTHORIZED);
    expect(reused.body).not.toContain('reused');
    expect((await visitor.refresh(third.refresh_token)).statusCode).toBe(401);
    expect((await visitor.me(youngest)).statusCode).toBe(401);
    expect((await visitor.me(first.bearer)).statusCode).toBe(401);

    expect((await visitor.me(other.bearer)).statusCode).toBe(200);
    expect((await visitor.refresh(other.refreshToken)).statusCode).toBe(200);
    const warnings = built.logLines.map((line) => JSON.parse(line));
    expect(warnings).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        reason: 'refresh_token_reused',
        user_id: user.id,
        auth_session_id: expect.any(String),
      }),
    );
  });

  it('refuses what is no refresh token of ours', async () => {
    const { email } = await visitor.signUp();
    const { accessToken } = await visitor.signIn(email);
    for (const token of ['gw_refresh_unknown', accessToken.slice(-200)]) {
      expect((await visitor.refresh(token)).json()).toMatchObject(UNAUTHORIZED);
    }
    for (const token of ['', 'x'.repeat(5000), 'gw_refresh_\0']) {
      expect((await visitor.refresh(token)).statusCode).toBe(422);
    }
  });

  it('refuses the tokens of a deactivated account', async () => {
    const { email, user } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    await deactivate(test.database, user.id);
    expect((await visitor.refresh(refreshToken)).statusCode).toBe(403);
  });

  it('keeps what the database knows from being of use', async () => {
    const { email } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    const child = (await visitor.refresh(refreshToken)).json().refresh_token;
    const rows = await test.database
      .unscoped()
      .selectFrom('refresh_tokens')
      .select(['token_hash', 'child_sealed'])
      .execute();
    const stored = rows
      .flatMap((row) => [row.token_hash, row.child_sealed])
      .map((bytes) => Buffer.from(bytes ?? []).toString('latin1'))
      .join('\n');
    expect(stored).not.toContain(refreshToken.slice('gw_refresh_'.length));
    expect(stored).not.toContain(child.slice('gw_refresh_'.length));
  });
});

describe('POST /auth/logout', () => {
  it('ends the session of the access token at once', async () => {
    const { email } = await visitor.signUp();
    const { bearer, refreshToken } = await visitor.signIn(email);
    const other = await visitor.signIn(email);
    expect((await visitor.me(bearer)).statusCode).toBe(200);
    const response = await visitor.call('POST', '/auth/logout', { headers: bearer });
    expect(response.statusCode).toBe(204);
    expect((await visitor.me(bearer)).statusCode).toBe(401);
    expect((await visitor.refresh(refreshToken)).statusCode).toBe(401);
    expect((await visitor.me(other.bearer)).statusCode).toBe(200);
  });

  it('ends the session of a refresh token when the access token is too old', async () => {
    const { email } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    const body = { refresh_token: refreshToken };
    expect((await visitor.call('POST', '/auth/logout', { body })).statusCode).toBe(204);
    expect((await visitor.refresh(refreshToken)).statusCode).toBe(401);
  });

  it('has nothing to end for who is not signed in', async () => {
    const headers = { authorization: 'Bearer nonsense' };
    expect((await visitor.call('POST', '/auth/logout', { headers })).statusCode).toBe(204);
    expect((await visitor.call('POST', '/auth/logout')).statusCode).toBe(204);
  });
});
