import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BAD_TOKEN, visibleOf } from '../testing/answers.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { PASSWORD } from '../testing/visitor.ts';

const OTHER_PASSWORD = 'An0ther-battery';

const { test, built, visitor, post } = await startIdentity({ isRegistrationConfirmed: true });

const newAddress = () => `${randomUUID()}@example.com`;

const register = (email: string, changes: object = {}) =>
  visitor.call('POST', '/auth/register', { body: { email, password: PASSWORD, ...changes } });

const confirm = (token: string) =>
  visitor.call('POST', '/auth/register/confirm', { body: { token } });

async function registered() {
  const email = newAddress();
  await register(email);
  await confirm(await post.tokenTo(email));
  return email;
}

describe('a sign-up that is confirmed by mail', () => {
  it('makes the account when the mail is followed, and welcomes it', async () => {
    const email = newAddress();
    expect((await register(email, { username: 'ada', first_name: 'Ada' })).statusCode).toBe(202);
    expect((await visitor.login(email)).statusCode).toBe(401);
    const confirmed = await confirm(await post.tokenTo(email, /registration/));
    expect(confirmed.statusCode).toBe(201);
    expect(confirmed.json()).toMatchObject({
      email,
      username: 'ada',
      first_name: 'Ada',
      email_verified: true,
    });
    expect((await visitor.login(email)).statusCode).toBe(200);
    expect(await post.subjectsTo(email)).toContain('Welcome to Groundwork');
  });

  it('is answered alike for an address that has an account, whose owner is told', async () => {
    const known = await registered();
    const unknown = newAddress();
    await built.queue.runAll();
    const first = visibleOf(await register(unknown));
    const jobs = built.queue.waiting();
    await built.queue.runAll();
    expect(visibleOf(await register(known, { password: OTHER_PASSWORD }))).toEqual(first);
    expect(built.queue.waiting()).toEqual(jobs);
    expect(first).toMatchObject({ status: 202, body: { message: expect.any(String) } });
    expect(await post.subjectsTo(known)).toContain('You have an account already');
    expect((await visitor.login(known, { password: OTHER_PASSWORD })).statusCode).toBe(401);
    expect((await visitor.login(known)).statusCode).toBe(200);
  });

  it('takes the password of the mail that is followed, and no other sign-up after it', async () => {
    const email = newAddress();
    await register(email, { password: OTHER_PASSWORD });
    const stranger = await post.tokenTo(email);
    await register(email);
    const own = await post.tokenTo(email);
    expect((await confirm(own)).statusCode).toBe(201);
    expect((await confirm(stranger)).json()).toMatchObject(BAD_TOKEN);
    expect((await visitor.login(email)).statusCode).toBe(200);
    expect((await visitor.login(email, { password: OTHER_PASSWORD })).statusCode).toBe(401);
  });

  it('makes one account of twenty confirmations at the same moment', async () => {
    const email = newAddress();
    await register(email);
    const token = await post.tokenTo(email);
    const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(token)));
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(19);
  });

  it('refuses tokens that are over, used or of another purpose alike', async () => {
    const email = newAddress();
    await register(email);
    const used = await post.tokenTo(email);
    await confirm(used);
    await visitor.call('POST', '/auth/password/forgot', { body: { email } });
    const reset = await post.tokenTo(email, /new password/);
    const late = newAddress();
    await register(late);
    const over = await post.tokenTo(late);
    const refused = visibleOf(await confirm('x'));
    expect(refused.body).toMatchObject(BAD_TOKEN);
    expect(visibleOf(await confirm(used))).toEqual(refused);
    expect(visibleOf(await confirm(reset))).toEqual(refused);
    built.clock.advance(86_400);
    expect(visibleOf(await confirm(over))).toEqual(refused);
  });

  it('still tells of an unfit password at once', async () => {
    expect((await register(newAddress(), { password: 'short' })).statusCode).toBe(422);
    expect((await register(newAddress(), { password: 'P@ssw0rd' })).statusCode).toBe(422);
  });

  it('keeps nothing of the password once it is done with', async () => {
    await registered();
    const kept = await test.database
      .unscoped()
      .selectFrom('pending_registrations')
      .innerJoin('one_time_tokens', 'one_time_tokens.id', 'one_time_token_id')
      .select('one_time_token_id')
      .where('used_at', 'is not', null)
      .execute();
    expect(kept).toEqual([]);
  });
});
