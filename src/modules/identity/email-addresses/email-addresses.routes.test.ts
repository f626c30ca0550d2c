import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deactivate } from '../testing/accounts.ts';
import { BAD_TOKEN, visibleOf } from '../testing/answers.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { PASSWORD } from '../testing/visitor.ts';

const DAY_SECONDS = 86_400;
const NOTICE = 'Your email address is about to change';

const { test, built, visitor, post } = await startIdentity();

const verify = (token: string) => visitor.call('POST', '/auth/email/verify', { body: { token } });

const newAddress = () => `${randomUUID()}@example.com`;

async function signedIn() {
  const { email, user } = await visitor.signUp();
  return { email, user, ...(await visitor.signIn(email)) };
}

type Headers = Readonly<Record<string, string>>;

const change = (headers: Headers, email: string, password = PASSWORD) =>
  visitor.call('POST', '/users/me/email', {
    body: { email, current_password: password },
    headers,
  });

const askAgain = (headers: Headers) =>
  visitor.call('POST', '/users/me/email/verification', { headers });

describe('the verification of an address', () => {
  it('holds once the mail to it was followed', async () => {
    const { email, bearer } = await signedIn();
    expect((await visitor.me(bearer)).json().email_verified).toBe(false);
    expect((await verify(await post.tokenTo(email, /Confirm/))).statusCode).toBe(204);
    expect((await visitor.me(bearer)).json().email_verified).toBe(true);
  });

  it('is mailed again on request, until it is done, with one answer', async () => {
    const { email, bearer } = await signedIn();
    const first = await post.tokenTo(email, /Confirm/);
    const before = visibleOf(await askAgain(bearer));
    const second = await post.tokenTo(email, /Confirm/);
    expect(second).not.toBe(first);
    expect((await verify(second)).statusCode).toBe(204);
    const mails = await post.subjectsTo(email);
    expect(visibleOf(await askAgain(bearer))).toEqual(before);
    expect(before.status).toBe(202);
    expect(await post.subjectsTo(email)).toEqual(mails);
  });

  it('takes a token once, in its time and for its purpose', async () => {
    const { email } = await signedIn();
    const token = await post.tokenTo(email, /Confirm/);
    const answers = await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    expect(answers.filter(({ statusCode }) => statusCode === 204)).toHaveLength(1);

    const other = await signedIn();
    const late = await post.tokenTo(other.email, /Confirm/);
    await visitor.call('POST', '/auth/password/forgot', { body: { email: other.email } });
    const reset = await post.tokenTo(other.email, /new password/);
    const refused = visibleOf(await verify('x'));
    expect(refused.body).toMatchObject(BAD_TOKEN);
    expect(visibleOf(await verify(token))).toEqual(refused);
    expect(visibleOf(await verify(reset))).toEqual(refused);
    built.clock.advance(DAY_SECONDS);
    expect(visibleOf(await verify(late))).toEqual(refused);
  });

  it('proves nothing of an address that the account has left', async () => {
    const { email, bearer } = await signedIn();
    const former = await post.tokenTo(email, /Confirm/);
    const next = newAddress();
    await change(bearer, next);
    await verify(await post.tokenTo(next));
    expect((await verify(former)).json()).toMatchObject(BAD_TOKEN);
  });
});

describe('a change of address', () => {
  it('holds once the mail to the new address was followed, and warns the old one', async () => {
    const { email, user, bearer } = await signedIn();
    const next = newAddress();
    const answer = await change(bearer, next.toUpperCase());
    expect(answer.statusCode).toBe(202);
    expect(await post.subjectsTo(email)).toContain(NOTICE);
    expect((await visitor.me(bearer)).json().email).toBe(email);

    expect((await verify(await post.tokenTo(next))).statusCode).toBe(204);
    expect((await visitor.me(bearer)).json()).toMatchObject({ email: next, email_verified: true });
    expect((await visitor.login(next)).statusCode).toBe(200);
    expect((await visitor.login(email)).statusCode).toBe(401);
    const audited = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select('action')
      .where('target_id', '=', user.id)
      .execute();
    expect(audited.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['auth.email_change_requested', 'auth.email_change']),
    );
  });

  it('wants the password', async () => {
    const { bearer, email } = await signedIn();
    const next = newAddress();
    const answer = await change(bearer, next, 'Wrong-passw0rd');
    expect(answer.json().errors).toMatchObject([{ field: 'current_password' }]);
    expect(await post.subjectsTo(next)).toEqual([]);
    expect(await post.subjectsTo(email)).not.toContain(NOTICE);
  });

  it('tells nothing of an address that somebody has', async () => {
    const { bearer } = await signedIn();
    const taken = await visitor.signUp();
    await built.queue.runAll();
    const mails = await post.subjectsTo(taken.email);
    const free = visibleOf(await change(bearer, newAddress()));
    expect(visibleOf(await change(bearer, taken.email))).toEqual(free);
    expect(await post.subjectsTo(taken.email)).toEqual(mails);
  });

  it('is refused like a bad token when somebody took the address meanwhile', async () => {
    const { bearer, email } = await signedIn();
    const next = newAddress();
    await change(bearer, next);
    const token = await post.tokenTo(next);
    const body = { email: next, password: PASSWORD };
    await visitor.call('POST', '/auth/register', { body });
    expect((await verify(token)).json()).toMatchObject(BAD_TOKEN);
    expect((await visitor.me(bearer)).json().email).toBe(email);
  });

  it('is ended by a later one, and by a new password', async () => {
    const { bearer } = await signedIn();
    const [first, second] = [newAddress(), newAddress()];
    await change(bearer, first);
    const ended = await post.tokenTo(first);
    await change(bearer, second);
    const open = await post.tokenTo(second);
    expect((await verify(ended)).json()).toMatchObject(BAD_TOKEN);
    const body = { current_password: PASSWORD, new_password: 'An0ther-battery' };
    await visitor.call('PUT', '/users/me/password', { body, headers: bearer });
    expect((await verify(open)).json()).toMatchObject(BAD_TOKEN);
  });

  it('does not hold for an account that was deactivated since', async () => {
    const { bearer, user } = await signedIn();
    const next = newAddress();
    await change(bearer, next);
    const token = await post.tokenTo(next);
    await deactivate(test.database, user.id);
    expect((await verify(token)).json()).toMatchObject(BAD_TOKEN);
  });

  it('is no change to the address that there is', async () => {
    const { bearer, email } = await signedIn();
    expect((await change(bearer, ` ${email.toUpperCase()}`)).json().errors).toMatchObject([
      { field: 'email' },
    ]);
  });
});
