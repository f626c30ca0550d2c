import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids';
import { startIdentity } from '../testing/start-identity.ts';
import { createTeamOf, signUp } from '../testing/team-of.ts';

const { test, built, visitor } = await startIdentity();

describe('teams', () => {
  it('are created by anybody, who is their owner from the next request on', async () => {
    const ada = await signUp(visitor);
    const created = await ada.call('POST', '/teams', { name: 'Analysts' });
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({
      name: 'Analysts',
      role: 'owner',
      tier: 'free',
      is_personal: false,
    });
    const read = await ada.call('GET', `/teams/${created.json().id}`);
    expect(read.json()).toEqual(created.json());
    const active = await ada.call('GET', '/users/me', undefined, { 'x-team-id': read.json().id });
    expect(active.statusCode).toBe(200);
  });

  it('are owned by one user up to a bound', async () => {
    const ada = await signUp(visitor);
    const rows = Array.from({ length: 49 }, () => ({ id: newId(), name: 'Many' }));
    const queries = test.database.forSystem();
    await queries.insertInto('teams').values(rows).execute();
    const members = rows.map(({ id }) => ({
      id: newId(),
      team_id: id,
      user_id: ada.id,
      role: 'owner',
    }));
    await queries.insertInto('team_members').values(members).execute();
    const tooMany = await ada.call('POST', '/teams', { name: 'One more' });
    expect(tooMany.json()).toMatchObject({ status: 409, reason: 'team.too_many' });
    await ada.call('DELETE', `/teams/${rows[0]?.id}`);
    expect((await ada.call('POST', '/teams', { name: 'One more' })).statusCode).toBe(201);
  });

  it('are listed with the role that the caller has in each', async () => {
    const { id, member } = await createTeamOf(subject(), ['owner', 'viewer']);
    const own = (await member(1).call('POST', '/teams', { name: 'Zoo' })).json();
    const { items, total } = (await member(1).call('GET', '/teams?sort=name')).json();
    const roles = items.map((team: Record<string, unknown>) => [team['id'], team['role']]);
    expect(total).toBe(3);
    expect(roles).toEqual([
      [id, 'viewer'],
      [expect.any(String), 'owner'],
      [own.id, 'owner'],
    ]);
    expect(items[1].is_personal).toBe(true);
  });

  it.each([
    ['no name', {}, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name too long', { name: 'x'.repeat(256) }, 'name'],
    ['a NUL in the name', { name: 'a\u0000' }, 'name'],
    ['a tier', { name: 'x', tier: 'enterprise' }, 'tier'],
    ['a role', { name: 'x', role: 'owner' }, 'role'],
    ['the user it is personal to', { name: 'x', personal_user_id: null }, 'personal_user_id'],
  ])('refuse %s', async (_, body, field) => {
    const ada = await signUp(visitor);
    const { id } = (await ada.call('POST', '/teams', { name: 'Kept' })).json();
    for (const answer of [
      await ada.call('POST', '/teams', body),
      await ada.call('PATCH', `/teams/${id}`, body),
    ]) {
      expect(answer.statusCode).toBe(422);
      expect(answer.json().errors).toEqual([expect.objectContaining({ field })]);
    }
    expect((await ada.call('GET', `/teams/${id}`)).json()).toMatchObject({
      name: 'Kept',
      tier: 'free',
    });
  });

  it('are renamed by owners and admins only', async () => {
    const { id, members } = await createTeamOf(subject(), ['owner', 'admin', 'member', 'viewer']);
    const statuses = [];
    for (const member of members) {
      const answer = await member.call('PATCH', `/teams/${id}`, { name: member.id });
      statuses.push(answer.statusCode);
    }
    expect(statuses).toEqual([200, 200, 403, 403]);
    const { name } = (await members[0]?.call('GET', `/teams/${id}`))?.json() ?? {};
    expect(name).toBe(members[1]?.id);
  });

  it('do not exist for anybody else', async () => {
    const { id } = await createTeamOf(subject(), ['owner']);
    const stranger = await signUp(visitor);
    const tries = [
      ['GET', ''],
      ['PATCH', '', { name: 'Mine now' }],
      ['DELETE', ''],
      ['GET', '/members'],
      ['POST', '/leave'],
      ['POST', '/transfer', { user_id: stranger.id }],
    ] as const;
    for (const [method, path, body] of tries) {
      const known = await stranger.call(method, `/teams/${id}${path}`, body);
      const random = randomUUID();
      const unknown = await stranger.call(method, `/teams/${random}${path}`, body);
      expect(known.statusCode).toBe(404);
      expect(withoutId(known.body, id)).toEqual(withoutId(unknown.body, random));
    }
  });
});

describe('a personal team', () => {
  it('can be renamed, and neither left, nor deleted, nor given away', async () => {
    const ada = await signUp(visitor);
    const { id } = (await ada.call('GET', '/teams')).json().items[0];
    expect((await ada.call('PATCH', `/teams/${id}`, { name: 'Ada alone' })).statusCode).toBe(200);
    for (const answer of [
      await ada.call('DELETE', `/teams/${id}`),
      await ada.call('POST', `/teams/${id}/leave`),
      await ada.call('DELETE', `/teams/${id}/members/${ada.id}`),
    ]) {
      expect(answer.statusCode).toBe(409);
      expect(answer.json().reason).toBe('team.personal');
    }
    expect((await ada.call('GET', '/teams')).json()).toMatchObject({
      total: 1,
      items: [{ name: 'Ada alone', role: 'owner' }],
    });
  });
});

describe('deleting a team', () => {
  it('is for its owner, when nobody else is in it any more', async () => {
    const { id, members, member } = await createTeamOf(subject(), ['owner', 'admin']);
    expect((await member(1).call('DELETE', `/teams/${id}`)).statusCode).toBe(403);
    const early = await member(0).call('DELETE', `/teams/${id}`);
    expect(early.json()).toMatchObject({ status: 409, reason: 'team.has_members' });
    expect((await member(1).call('POST', `/teams/${id}/leave`)).statusCode).toBe(204);
    expect((await member(0).call('DELETE', `/teams/${id}`)).statusCode).toBe(204);
    for (const { call } of members) {
      expect((await call('GET', `/teams/${id}`)).statusCode).toBe(404);
      const active = await call('GET', '/users/me', undefined, { 'x-team-id': id });
      expect(active.statusCode).toBe(404);
    }
  });

  it('stands in the audit log, as does a change of its name', async () => {
    const { id, member } = await createTeamOf(subject(), ['owner']);
    await member(0).call('PATCH', `/teams/${id}`, { name: 'Former crew' });
    await member(0).call('DELETE', `/teams/${id}`);
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select(['actor_id', 'action', 'before', 'after'])
      .where('target_id', '=', id)
      .orderBy('id')
      .execute();
    const by = { actor_id: member(0).id };
    expect(entries).toEqual([
      { ...by, action: 'team.created', before: null, after: null },
      {
        ...by,
        action: 'team.renamed',
        before: { name: 'Crew' },
        after: { name: 'Former crew' },
      },
      { ...by, action: 'team.deleted', before: { name: 'Former crew' }, after: null },
    ]);
  });

  it('leaves no row of it once its job has run', async () => {
    const { id, member } = await createTeamOf(subject(), ['owner']);
    await member(0).call('DELETE', `/teams/${id}`);
    await built.queue.runAll();
    const teams = await test.database
      .forSystem()
      .selectFrom('teams')
      .select('id')
      .where('id', '=', id)
      .execute();
    expect(teams).toEqual([]);
  });
});

function subject() {
  return { visitor, database: test.database };
}

function withoutId(body: string, id: string): string {
  return body.replaceAll(id, 'ID').replaceAll(/"trace_id":"\w+"/g, '');
}
