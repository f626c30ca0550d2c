import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deactivate, requirePasswordReset, setPasswordHash } from '../testing/accounts.ts';
import { BAD_TOKEN, visibleOf } from '../testing/answers.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { PASSWORD, UNAUTHORIZED } from '../testing/visitor.ts';

const NEW_PASSWORD = 'An0ther-battery';
const SUBJECT = /new password/;

const { test, built, visitor, post } = await startIdentity();

const forgot = (email: string) =>
  visitor.call('POST', '/auth/password/forgot', { body: { email } });

const reset = (token: string, newPassword = NEW_PASSWORD) =>
  visitor.call('POST', '/auth/password/reset', { body: { token, new_password: newPassword } });

async function askForToken(email: string): Promise<string> {
  await forgot(email);
  return post.tokenTo(email, SUBJECT);
}

async function auditOf(userId: string): Promise<readonly string[]> {
  const entries = await test.database
    .unscoped()
    .selectFrom('audit_log')
    .select('action')
    .where('target_id', '=', userId)
    .orderBy('id')
    .execute();
  return entries.map(({ action }) => action);
}

describe('POST /auth/password/forgot', () => {
  it('answers a known, an unknown, a foreign and a deactivated account alike', async () => {
    const { email } = await visitor.signUp();
    const inactive = await visitor.signUp();
    const foreign = await visitor.signUp();
    await deactivate(test.database, inactive.user.id);
    await setPasswordHash(test.database, { id: foreign.user.id, passwordHash: null });
    const known = visibleOf(await forgot(email));
    expect(known).toMatchObject({ status: 202, body: { message: expect.any(String) } });
    for (const other of [inactive.email, foreign.email, `${randomUUID()}@example.com`]) {
      expect(visibleOf(await forgot(other))).toEqual(known);
    }
  });

  it('does the same work for an address that nobody has, and mails nothing', async () => {
    const { email } = await visitor.signUp();
    const unknown = `${randomUUID()}@example.com`;
    await built.queue.runAll();
    await forgot(email);
    const jobs = built.queue.waiting();
    await built.queue.runAll();
    await forgot(unknown);
    expect(built.queue.waiting()).toEqual(jobs);
    expect(await post.subjectsTo(unknown)).toEqual([]);
    expect(await post.subjectsTo(email)).toContain('Set a new password');
  });

  it('mails a deactivated account nothing', async () => {
    const { email, user } = await visitor.signUp();
    await deactivate(test.database, user.id);
    await forgot(email);
    expect(await post.subjectsTo(email)).not.toContain('Set a new password');
  });

  it('mails one address five times an hour, whoever asks, and answers as ever', async () => {
    const { email } = await visitor.signUp();
    const first = visibleOf(await forgot(email));
    for (let time = 0; time < 7; time += 1) {
      await built.queue.runAll();
      expect(visibleOf(await forgot(email))).toEqual(first);
    }
    const mailed = async () =>
      (await post.subjectsTo(email)).filter((subject) => SUBJECT.test(subject));
    expect(await mailed()).toHaveLength(5);
    built.clock.advance(3601);
    await forgot(email);
    expect(await mailed()).toHaveLength(6);
  });
});

describe('POST /auth/password/reset', () => {
  it('sets the password, signs out everywhere and verifies the address', async () => {
    const { email, user } = await visitor.signUp();
    const { bearer, refreshToken } = await visitor.signIn(email);
    const answer = await reset(await askForToken(email));
    expect(answer.statusCode).toBe(204);
    expect((await visitor.me(bearer)).json()).toMatchObject(UNAUTHORIZED);
    expect((await visitor.refresh(refreshToken)).statusCode).toBe(401);
    expect((await visitor.login(email)).statusCode).toBe(401);
    const login = await visitor.login(email, { password: NEW_PASSWORD });
    expect(login.json().user).toMatchObject({ id: user.id, email_verified: true });
    expect(await auditOf(user.id)).toContain('auth.password_reset');
  });

  it('lets the owner in who was locked out by the guesses of others', async () => {
    const { email } = await visitor.signUp();
    for (let guess = 0; guess < 10; guess += 1) {
      await visitor.login(email, { password: `Wrong-passw0rd-${guess}` });
    }
    expect((await visitor.login(email)).statusCode).toBe(401);
    await reset(await askForToken(email));
    expect((await visitor.login(email, { password: NEW_PASSWORD })).statusCode).toBe(200);
  });

  it('is enough for an account that must set a new password', async () => {
    const { email, user } = await visitor.signUp();
    await requirePasswordReset(test.database, user.id);
    await reset(await askForToken(email));
    const login = await visitor.login(email, { password: NEW_PASSWORD });
    expect(login.json().user.must_reset_password).toBe(false);
  });

  it('works once of twenty times at the same moment', async () => {
    const { email } = await visitor.signUp();
    const token = await askForToken(email);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => reset(token, `${NEW_PASSWORD}-${index}`)),
    );
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b);
    expect(statuses).toEqual([204, ...Array.from({ length: 19 }, () => 422)]);
  });

  it('refuses in one manner what is over, used, forged, cut, of another purpose or of a row without a user', async () => {
    const { email } = await visitor.signUp();
    const verification = await post.tokenTo(email, /Confirm your email/);
    const used = await askForToken(email);
    await reset(used);
    const last = used.endsWith('A') ? 'B' : 'A';
    const over = await askForToken(email);
    const inactive = await visitor.signUp();
    const ofInactive = await askForToken(inactive.email);
    await deactivate(test.database, inactive.user.id);
    const refused = visibleOf(await reset('x'));
    expect(refused.body).toMatchObject(BAD_TOKEN);
    expect(visibleOf(await reset(ofInactive))).toEqual(refused);
    built.clock.advance(3601);
    for (const token of [
      over,
      used,
      `${used.slice(0, -1)}${last}`,
      used.slice(0, 22),
      verification,
      randomUUID(),
    ]) {
      expect(visibleOf(await reset(token))).toEqual(refused);
    }
    expect((await visitor.login(email, { password: NEW_PASSWORD })).statusCode).toBe(200);
  });

  it('ends the other tokens, and those of a change that somebody else asked for', async () => {
    const { email } = await visitor.signUp();
    const { bearer } = await visitor.signIn(email);
    const thief = `${randomUUID()}@example.com`;
    const body = { email: thief, current_password: PASSWORD };
    await visitor.call('POST', '/users/me/email', { body, headers: bearer });
    const change = await post.tokenTo(thief);
    const earlier = await askForToken(email);
    await reset(await askForToken(email));
    expect((await reset(earlier)).json()).toMatchObject(BAD_TOKEN);
    const confirmed = await visitor.call('POST', '/auth/email/verify', { body: { token: change } });
    expect(confirmed.json()).toMatchObject(BAD_TOKEN);
  });

  it('keeps the token for who picks an unfit password first', async () => {
    const { email } = await visitor.signUp();
    const token = await askForToken(email);
    expect((await reset(token, 'short')).statusCode).toBe(422);
    expect((await reset(token, 'P@ssw0rd')).json().errors[0].field).toBe('new_password');
    expect((await reset(token)).statusCode).toBe(204);
  });

  it('is no sign-in: a mailed token is no Bearer token', async () => {
    const { email } = await visitor.signUp();
    const token = await askForToken(email);
    expect((await visitor.me({ authorization: `Bearer ${token}` })).json()).toMatchObject(
      UNAUTHORIZED,
    );
    expect((await visitor.refresh(token)).statusCode).toBe(401);
  });
});
