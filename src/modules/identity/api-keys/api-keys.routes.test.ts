import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deactivate } from '../testing/accounts.ts';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { createTeamOf, signUp, type SignedIn } from '../testing/team-of.ts';
import { createVisitor, UNAUTHORIZED } from '../testing/visitor.ts';

const { test, built, visitor } = await startIdentity();

async function makeKey(user: SignedIn, changes: object = {}, teamId?: string) {
  const body = { name: 'Deploy', scopes: ['write'], ...changes };
  const headers = teamId ? { 'x-team-id': teamId } : {};
  const answer = await user.call('POST', '/api-keys', body, headers);
  const { key, ...apiKey } = answer.json();
  return { answer, key: String(key), apiKey, id: String(apiKey.id) };
}

const byKey = (key: string, headers: object = {}) => ({
  headers: { authorization: `Bearer ${key}`, ...headers },
});
const me = (key: string, headers: object = {}) => visitor.me(byKey(key, headers).headers);
const subject = () => ({ visitor, database: test.database });

describe('an API key', () => {
  it('is shown once and kept as a hash', async () => {
    const ada = await signUp(visitor);
    const { answer, key, apiKey, id } = await makeKey(ada);
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(apiKey).toMatchObject({
      name: 'Deploy',
      kind: 'personal',
      scopes: ['read', 'write'],
      user_id: ada.id,
      created_by_id: ada.id,
      prefix: key.slice(0, 14),
      expires_at: null,
      last_used_at: null,
    });
    const read = await ada.call('GET', `/api-keys/${id}`);
    expect(read.json()).toEqual(apiKey);
    const row = await test.database
      .forSystem()
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(key.slice(14));
    expect(row.hash).toHaveLength(32);
    expect(built.logLines.join('')).not.toContain(key.slice(14));
  });

  it('signs in as Bearer and as X-API-Key, and in no other place', async () => {
    const ada = await signUp(visitor);
    const { key } = await makeKey(ada);
    expect((await me(key)).json()).toMatchObject({ id: ada.id });
    expect((await visitor.me({ 'x-api-key': key })).json()).toMatchObject({ id: ada.id });
    for (const headers of [{ cookie: `access_token=${key}` }, { authorization: `Basic ${key}` }])
      expect((await visitor.me(headers)).statusCode).toBe(401);
    for (const name of ['api_key', 'key', 'access_token', 'x-api-key', 'token'])
      expect((await visitor.call('GET', `/users/me?${name}=${key}`)).statusCode).toBe(401);
    const { bearer } = ada;
    const inWrongHeader = { 'x-api-key': bearer.authorization.replace('Bearer ', '') };
    expect((await visitor.me(inWrongHeader)).statusCode).toBe(401);
  });

  it('is refused alike whether mistyped, unknown, expired or revoked', async () => {
    const ada = await signUp(visitor);
    const expires_at = new Date(built.clock.now().getTime() + 60_000).toISOString();
    const expiring = await makeKey(ada, { expires_at });
    const revoked = await makeKey(ada);
    expect((await me(expiring.key)).statusCode).toBe(200);
    built.clock.advance(60);
    await ada.call('DELETE', `/api-keys/${revoked.id}`);
    const mistyped = `${revoked.key.slice(0, -1)}${revoked.key.endsWith('x') ? 'y' : 'x'}`;
    for (const key of [mistyped, expiring.key, revoked.key, 'gw_live_', 'gw_refresh_x']) {
      const answer = await me(key);
      const { instance: _instance, trace_id: _traceId, type: _type, ...body } = answer.json();
      expect(body).toEqual(UNAUTHORIZED);
    }
  });

  it('is worth nothing at once after it was revoked, and is told of in the audit log', async () => {
    const ada = await signUp(visitor);
    const { key, id } = await makeKey(ada);
    expect((await me(key)).statusCode).toBe(200);
    expect((await ada.call('DELETE', `/api-keys/${id}`)).statusCode).toBe(204);
    expect((await me(key)).statusCode).toBe(401);
    expect((await ada.call('GET', `/api-keys/${id}`)).statusCode).toBe(404);
    expect((await ada.call('DELETE', `/api-keys/${id}`)).statusCode).toBe(404);
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select(['action', 'actor_id'])
      .where('target_id', '=', id)
      .orderBy('id')
      .execute();
    expect(entries).toEqual([
      { action: 'api_key.created', actor_id: ada.id },
      { action: 'api_key.revoked', actor_id: ada.id },
    ]);
  });

  it('for a worker reads nothing that a reading key may', async () => {
    const ada = await signUp(visitor);
    const reading = await makeKey(ada, { scopes: ['read'] });
    const worker = await makeKey(ada, { scopes: ['worker'] });
    expect(reading.apiKey.scopes).toEqual(['read']);
    for (const path of ['/teams', '/users/me']) {
      expect((await visitor.call('GET', path, byKey(reading.key))).statusCode).toBe(200);
      const answer = await visitor.call('GET', path, byKey(worker.key));
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'FORBIDDEN', reason: 'insufficient_scope' });
    }
  });

  it('counts for nothing where people act in person', async () => {
    const ada = await signUp(visitor);
    const { key, id } = await makeKey(ada);
    const password = { current_password: 'x', new_password: 'y' };
    const attempts = [
      await visitor.call('PUT', '/users/me/password', { ...byKey(key), body: password }),
      await visitor.call('PATCH', '/users/me', { ...byKey(key), body: { first_name: 'Eve' } }),
      await visitor.call('POST', '/users/me/email', { ...byKey(key), body: {} }),
      await visitor.call('DELETE', '/users/me', { ...byKey(key), body: {} }),
      await visitor.call('GET', '/users/me/auth-sessions', byKey(key)),
      await visitor.call('DELETE', '/users/me/auth-sessions', byKey(key)),
      await visitor.call('DELETE', `/users/me/auth-sessions/${randomUUID()}`, byKey(key)),
      await visitor.call('GET', '/api-keys', byKey(key)),
      await visitor.call('POST', '/api-keys', { ...byKey(key), body: {} }),
      await visitor.call('DELETE', `/api-keys/${id}`, byKey(key)),
    ];
    expect(attempts.map(({ statusCode }) => statusCode)).toEqual(attempts.map(() => 401));
    expect((await me(key)).json()).toMatchObject({ first_name: null });
  });

  it('is for one team', async () => {
    const { id, member } = await createTeamOf(subject(), ['owner', 'member']);
    const { key } = await makeKey(member(1), {}, id);
    const { items } = (await visitor.call('GET', '/teams', byKey(key))).json();
    expect(items).toMatchObject([{ id, role: 'member' }]);
    expect((await me(key, { 'x-team-id': id.toUpperCase() })).statusCode).toBe(200);
    const { apiKey: elsewhere } = await makeKey(member(1));
    expect((await me(key, { 'x-team-id': elsewhere.team_id })).statusCode).toBe(404);
    expect((await me(key, { 'x-team-id': randomUUID() })).statusCode).toBe(404);
  });

  it.each([
    ['without a scope', { scopes: [] }],
    ['with an unknown scope', { scopes: ['admin'] }],
    ['for a worker that also reads', { scopes: ['worker', 'read'] }],
    ['that is over', { expires_at: '2020-01-01T00:00:00Z' }],
    ['of another user', { user_id: randomUUID() }],
    ['without a name', { name: '' }],
  ])('is not made %s', async (_, changes) => {
    const { answer } = await makeKey(await signUp(visitor), changes);
    expect(answer.statusCode).toBe(422);
  });

  it('is one of fifty at most', async () => {
    const ada = await signUp(visitor);
    const statuses = [];
    for (let count = 0; count < 51; count += 1) {
      statuses.push((await makeKey(ada)).answer.statusCode);
    }
    expect(statuses).toEqual([...Array.from({ length: 50 }, () => 201), 409]);
    expect((await makeKey(ada, { kind: 'team' })).answer.statusCode).toBe(201);
  });

  it('is renamed, and found by its beginning', async () => {
    const ada = await signUp(visitor);
    const { key, id } = await makeKey(ada);
    await makeKey(ada, { name: 'Other', scopes: ['worker'] });
    const renamed = await ada.call('PATCH', `/api-keys/${id}`, { name: 'Release' });
    expect(renamed.json()).toMatchObject({ id, name: 'Release' });
    const found = await ada.call('GET', `/api-keys?prefix=${key.slice(0, 14)}`);
    expect(found.json()).toMatchObject({ total: 1, items: [{ id, name: 'Release' }] });
    const listed = (await ada.call('GET', '/api-keys?sort=name&page_size=1')).json();
    expect(listed).toMatchObject({ total: 2, total_pages: 2, items: [{ name: 'Other' }] });
  });
});

describe('a personal key', () => {
  it('has the rights that its user has now', async () => {
    const { id, member } = await createTeamOf(subject(), ['owner', 'member']);
    const { key } = await makeKey(member(1), {}, id);
    expect((await me(key)).statusCode).toBe(200);
    await member(0).call('DELETE', `/teams/${id}/members/${member(1).id}`);
    expect((await me(key)).statusCode).toBe(401);
  });

  it('stops with the account of its user', async () => {
    const ada = await signUp(visitor);
    const { key } = await makeKey(ada);
    expect((await me(key)).statusCode).toBe(200);
    await deactivate(test.database, ada.id);
    const replica = await buildIdentityApp(test.database);
    const answer = await createVisitor(replica.app).me(byKey(key).headers);
    expect(answer.statusCode).toBe(403);
    await replica.app.close();
  });

  it('is made by whoever may write, and seen by its user and who manages the team', async () => {
    const roles = ['owner', 'admin', 'member', 'viewer'] as const;
    const { id, members, member } = await createTeamOf(subject(), roles);
    const made = await Promise.all(members.map((user) => makeKey(user, {}, id)));
    expect(made.map(({ answer }) => answer.statusCode)).toEqual([201, 201, 201, 403]);
    const team = { 'x-team-id': id };
    const seen = await Promise.all(
      members.map((user) => user.call('GET', '/api-keys', undefined, team)),
    );
    expect(seen.map((answer) => answer.json().total)).toEqual([3, 3, 1, 0]);
    const path = `/api-keys/${made[0]?.id}`;
    expect((await member(2).call('GET', path, undefined, team)).statusCode).toBe(404);
    expect((await member(2).call('DELETE', path, undefined, team)).statusCode).toBe(404);
    expect((await member(1).call('DELETE', path, undefined, team)).statusCode).toBe(204);
  });
});

describe('a key of a team', () => {
  it('is made by who manages the team, and outlives that', async () => {
    const { id, members, member } = await createTeamOf(subject(), ['owner', 'admin', 'member']);
    const made = await Promise.all(members.map((user) => makeKey(user, { kind: 'team' }, id)));
    expect(made.map(({ answer }) => answer.statusCode)).toEqual([201, 201, 403]);
    const key = made[1]?.key ?? '';
    expect(made[1]?.apiKey).toMatchObject({ user_id: null, created_by_id: member(1).id });
    const projects = () => visitor.call('GET', '/teams', byKey(key));
    expect((await projects()).statusCode).toBe(200);
    await member(0).call('DELETE', `/teams/${id}/members/${member(1).id}`);
    await deactivate(test.database, member(1).id);
    expect((await projects()).statusCode).toBe(200);
  });

  it('is nobody, and so sees nothing of who made it', async () => {
    const { id, member } = await createTeamOf(subject(), ['owner']);
    const { key } = await makeKey(member(0), { kind: 'team' }, id);
    const answer = await me(key);
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toContain(member(0).id);
  });
});
