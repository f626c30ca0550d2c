import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createAuditLogRepository, type AuditListing } from '../audit/audit-log.repository.ts';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { createVisitor, PASSWORD } from '../testing/visitor.ts';

let test: TestDatabase;
let built: Awaited<ReturnType<typeof buildIdentityApp>>;
let visitor: ReturnType<typeof createVisitor>;
beforeAll(async () => {
  test = await createTestDatabase();
  built = await buildIdentityApp(test.database);
  visitor = createVisitor(built.app);
});
afterAll(async () => {
  await built.app.close();
  await test.close();
});

async function list(filter: Partial<AuditListing>) {
  const auditLog = createAuditLogRepository(test.database.unscoped());
  return (await auditLog.list({ page: 1, pageSize: 100, action: 'auth.', ...filter })).items;
}

const acts = async (filter: Partial<AuditListing>) =>
  (await list(filter)).map(({ action, outcome, reason }) => [action, outcome, reason]);

const countAll = async () => (await list({})).length;

describe('the audit log', () => {
  it('tells of a registration, a sign-in and a sign-out, each once, and where they came from', async () => {
    const { email, user } = await visitor.signUp();
    const { bearer } = await visitor.signIn(email);
    await visitor.call('POST', '/auth/logout', { headers: bearer });
    await visitor.call('POST', '/auth/logout', { headers: bearer });
    const entries = await list({ targetId: user.id });
    expect(entries.map(({ action }) => action)).toEqual([
      'auth.logout',
      'auth.login',
      'auth.register',
    ]);
    for (const entry of entries) {
      expect(entry).toMatchObject({ actorId: user.id, outcome: 'success', ip: '127.0.0.1' });
      expect(entry.traceId).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it('tells of a wrong password by nobody who is known, against the account', async () => {
    const { email, user } = await visitor.signUp();
    await visitor.login(email, { password: 'Wrong-passw0rd!' });
    const [entry] = await list({ targetId: user.id });
    expect(entry).toMatchObject({
      actorId: null,
      action: 'auth.login',
      outcome: 'failure',
      reason: 'wrong_password',
    });
  });

  it('tells of a sign-in to no account, and keeps nothing of what was typed', async () => {
    const typed = `${randomUUID()}@example.com`;
    const before = await countAll();
    await visitor.login(typed);
    const entries = await list({});
    expect(entries).toHaveLength(before + 1);
    expect(entries[0]).toMatchObject({ reason: 'unknown_account', targetId: null });
    expect(JSON.stringify(entries)).not.toContain(typed);
  });

  it('tells of a used refresh token that came back, and of no ordinary refresh', async () => {
    const { email, user } = await visitor.signUp();
    const { refreshToken } = await visitor.signIn(email);
    await visitor.refresh(refreshToken);
    built.clock.advance(11);
    await visitor.refresh(refreshToken);
    expect(await acts({ targetId: user.id, action: 'auth.refresh' })).toEqual([
      ['auth.refresh', 'failure', 'refresh_token_reused'],
    ]);
  });

  it('tells of a changed password, and of a try with a wrong one', async () => {
    const { email, user } = await visitor.signUp();
    const { bearer: headers } = await visitor.signIn(email);
    const change = (current_password: string) =>
      visitor.call('PUT', '/users/me/password', {
        headers,
        body: { current_password, new_password: 'An0ther-battery!' },
      });
    await change('Wrong-passw0rd!');
    await change(PASSWORD);
    expect(await acts({ targetId: user.id, action: 'auth.password_change' })).toEqual([
      ['auth.password_change', 'success', null],
      ['auth.password_change', 'failure', 'wrong_password'],
    ]);
  });

  it.each(['a known', 'an unknown'])(
    'has one entry for a block of %s account, however long the guessing goes on',
    async (which) => {
      const email = `${randomUUID()}@example.com`;
      const body = { email, password: PASSWORD };
      if (which === 'a known') await visitor.call('POST', '/auth/register', { body });
      const before = await countAll();
      for (let guess = 0; guess < 14; guess += 1) {
        await visitor.login(email, { password: 'Wrong-passw0rd!' });
      }
      const added = (await acts({})).slice(0, (await countAll()) - before);
      expect(added.filter(([, , reason]) => reason === 'too_many_attempts')).toHaveLength(1);
      expect(added).toHaveLength(11);
    },
  );
});

describe('the purge of the audit log', () => {
  it('deletes what is older than the retention, and nothing younger', async () => {
    const { user } = await visitor.signUp();
    await test.database
      .unscoped()
      .updateTable('audit_log')
      .set({ created_at: new Date(built.clock.now().getTime() - 366 * 86_400_000).toISOString() })
      .where('target_id', '<>', user.id)
      .execute();
    const old = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('target_id', '<>', user.id)
      .executeTakeFirstOrThrow();
    expect(await built.identity.auditLog.purgeExpired()).toBe(old.count);
    expect(await acts({ targetId: user.id })).toHaveLength(1);
  });
});
