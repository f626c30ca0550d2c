import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { buildIdentity } from '../testing/identity-under-test.ts';
import { startIdentity } from '../testing/start-identity.ts';

const { test, built, visitor } = await startIdentity();

const subjectsTo = (email: string) =>
  built.mailbox.mails.filter(({ to }) => to === email).map(({ subject }) => subject);

async function lastTokenId(): Promise<string> {
  const { id } = await test.database
    .unscoped()
    .selectFrom('one_time_tokens')
    .select('id')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  return id;
}

describe('the mails of a sign-up', () => {
  it('are queued by it, and sent after it: one to confirm, one to welcome', async () => {
    const { email } = await visitor.signUp();
    expect(built.queue.waiting()).toEqual(['send-account-mail', 'send-welcome-mail']);
    expect(subjectsTo(email)).toEqual([]);
    await built.queue.runAll();
    expect(subjectsTo(email)).toEqual(['Confirm your email address', 'Welcome to Groundwork']);
  });

  it('are sent once, however often their jobs run', async () => {
    const { email, user } = await visitor.signUp();
    await built.queue.runAll();
    built.queue.enqueueAgain('send-account-mail', { oneTimeTokenId: await lastTokenId() });
    built.queue.enqueueAgain('send-welcome-mail', { userId: user.id });
    await built.queue.runAll();
    expect(subjectsTo(email)).toHaveLength(2);
  });

  it('wait for a provider that is down, which fails no sign-up', async () => {
    const down = new AppError('unavailable', 'down', { retryable: true });
    built.mailbox.failWith(down);
    const { email, user } = await visitor.signUp();
    expect(user.email).toBe(email);
    expect((await visitor.login(email)).statusCode).toBe(200);
    await expect(built.queue.runNext()).rejects.toBe(down);
    built.mailbox.failWith(undefined);
    await built.queue.runAll();
    expect(subjectsTo(email)).toHaveLength(2);
  });

  it('are not queued by a sign-up that fails', async () => {
    const { email } = await visitor.signUp();
    await built.queue.runAll();
    const body = { email, password: 'An0ther-battery' };
    await visitor.call('POST', '/auth/register', { body });
    expect(built.queue.waiting()).toEqual([]);
  });

  it('carry no secret in their jobs', async () => {
    const { email, user } = await visitor.signUp();
    expect(built.queue.payloads()).toEqual([
      { oneTimeTokenId: await lastTokenId() },
      { userId: user.id },
    ]);
    await built.queue.runAll();
    expect(built.mailbox.tokenTo(email, /Confirm/)).not.toContain(await lastTokenId());
  });

  it('are kept as hashes only', async () => {
    const { email } = await visitor.signUp();
    await built.queue.runAll();
    const token = built.mailbox.tokenTo(email, /Confirm/);
    const rows = await test.database
      .unscoped()
      .selectFrom('one_time_tokens')
      .selectAll()
      .where('email', '=', email)
      .execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(built.logLines.join('')).not.toContain(token);
  });

  it('are not sent to an operator, who asked for none', async () => {
    const admin = { email: 'operator@example.com', password: 'An0ther-battery' };
    await built.identity.users.createAdmin(admin);
    expect(built.queue.waiting()).toEqual([]);
  });
});

describe('a token from before a change of the key', () => {
  it('is not mailed, as nobody could use it, and its job is given up at once', async () => {
    const { email } = await visitor.signUp();
    const payload = { oneTimeTokenId: await lastTokenId() };
    const changed = buildIdentity(test.database, { jwtSecretKey: `another ${'key '.repeat(8)}` });
    changed.queue.enqueueAgain('send-account-mail', payload);
    await expect(changed.queue.runNext()).rejects.toMatchObject({
      options: { reason: 'one_time_token.other_key', retryable: false },
    });
    expect(changed.mailbox.mails).toEqual([]);
    await built.queue.runAll();
    expect(subjectsTo(email)).toContain('Confirm your email address');
  });
});

describe('tokens that are over', () => {
  it('are deleted a day later', async () => {
    await visitor.signUp();
    await built.queue.runAll();
    const id = await lastTokenId();
    const purge = () => built.queue.runScheduled('purge-auth-sessions');
    const find = () =>
      test.database
        .unscoped()
        .selectFrom('one_time_tokens')
        .select('id')
        .where('id', '=', id)
        .execute();
    built.clock.advance(2 * 86_400 - 60);
    await purge();
    expect(await find()).toHaveLength(1);
    built.clock.advance(61);
    await purge();
    expect(await find()).toEqual([]);
  });
});
