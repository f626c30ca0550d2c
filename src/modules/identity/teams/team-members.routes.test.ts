import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TeamRole } from '#shared/actor';
import { deactivate } from '../testing/accounts.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { createTeamOf, type SignedIn } from '../testing/team-of.ts';

const { test, visitor } = await startIdentity();

const crew = (...roles: readonly TeamRole[]) =>
  createTeamOf({ visitor, database: test.database }, roles);

async function rolesIn(id: string, by: SignedIn): Promise<Readonly<Record<string, string>>> {
  const { items } = (await by.call('GET', `/teams/${id}/members`)).json();
  return Object.fromEntries(
    items.map((member: Record<string, string>) => [member['user_id'], member['role']]),
  );
}

describe('the members of a team', () => {
  it('are listed to every member, with how they are called', async () => {
    const { id, members, member } = await crew('owner', 'viewer');
    const list = (await member(1).call('GET', `/teams/${id}/members`)).json();
    expect(list.total).toBe(2);
    expect(list.items[0]).toEqual({
      user_id: members[0]?.id,
      email: members[0]?.email,
      username: null,
      first_name: null,
      last_name: null,
      role: 'owner',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
  });

  it.each([
    ['owner', 'member', 'owner', 200],
    ['owner', 'owner', 'viewer', 200],
    ['admin', 'member', 'admin', 200],
    ['admin', 'admin', 'viewer', 200],
    ['admin', 'member', 'owner', 403],
    ['admin', 'owner', 'member', 403],
    ['member', 'viewer', 'member', 403],
    ['viewer', 'member', 'viewer', 403],
  ] as const)('who is %s makes %s %s: %i', async (by, from, to, status) => {
    const { id, member } = await crew('owner', by, from);
    const subject = `/teams/${id}/members/${member(2).id}`;
    const answer = await member(1).call('PATCH', subject, { role: to });
    expect(answer.statusCode).toBe(status);
    const roles = await rolesIn(id, member(0));
    expect(roles[member(2).id]).toBe(status === 200 ? to : from);
  });

  it.each([
    ['owner', 'owner', 204],
    ['admin', 'admin', 204],
    ['admin', 'viewer', 204],
    ['admin', 'owner', 403],
    ['member', 'viewer', 403],
  ] as const)('who is %s removes %s: %i', async (by, from, status) => {
    const { id, member } = await crew('owner', by, from);
    const answer = await member(1).call('DELETE', `/teams/${id}/members/${member(2).id}`);
    expect(answer.statusCode).toBe(status);
    const isIn = member(2).id in (await rolesIn(id, member(0)));
    expect(isIn).toBe(status !== 204);
  });

  it('cannot raise themselves', async () => {
    const { id, members } = await crew('owner', 'admin', 'member', 'viewer');
    for (const member of members.slice(1)) {
      const self = `/teams/${id}/members/${member.id}`;
      expect((await member.call('PATCH', self, { role: 'owner' })).statusCode).toBe(403);
    }
  });

  it('are not those of another team', async () => {
    const { id, member } = await crew('owner');
    const other = await crew('owner');
    const foreign = `/teams/${id}/members/${other.member(0).id}`;
    const random = `/teams/${id}/members/${randomUUID()}`;
    for (const path of [foreign, random]) {
      expect((await member(0).call('PATCH', path, { role: 'viewer' })).statusCode).toBe(404);
      expect((await member(0).call('DELETE', path)).statusCode).toBe(404);
    }
  });

  it('feel a change of role on their next request, however their id is written', async () => {
    const { id, member } = await crew('owner', 'admin');
    const rename = () => member(1).call('PATCH', `/teams/${id}`, { name: 'By the admin' });
    const active = () => member(1).call('GET', '/users/me', undefined, { 'x-team-id': id });
    expect((await rename()).statusCode).toBe(200);
    expect((await active()).statusCode).toBe(200);
    const subject = `/teams/${id}/members/${member(1).id.toUpperCase()}`;
    await member(0).call('PATCH', subject, { role: 'viewer' });
    expect((await rename()).statusCode).toBe(403);
    await member(0).call('DELETE', subject);
    expect((await active()).statusCode).toBe(404);
  });
});

describe('the last owner', () => {
  it('can neither leave, nor be demoted, nor be removed', async () => {
    const { id, member } = await crew('owner', 'admin');
    const self = `/teams/${id}/members/${member(0).id}`;
    for (const answer of [
      await member(0).call('POST', `/teams/${id}/leave`),
      await member(0).call('DELETE', self),
      await member(0).call('PATCH', self, { role: 'admin' }),
    ]) {
      expect(answer.json()).toMatchObject({ status: 409, reason: 'team.last_owner' });
    }
    expect((await member(1).call('DELETE', self)).statusCode).toBe(403);
    expect((await rolesIn(id, member(1)))[member(0).id]).toBe('owner');
  });

  it('is who is left when the other owner is deactivated', async () => {
    const { id, member } = await crew('owner', 'owner');
    await deactivate(test.database, member(1).id);
    const left = await member(0).call('POST', `/teams/${id}/leave`);
    expect(left.json()).toMatchObject({ status: 409, reason: 'team.last_owner' });
    const gone = await member(0).call('DELETE', `/teams/${id}/members/${member(1).id}`);
    expect(gone.statusCode).toBe(204);
  });

  it('stays, when two owners demote or remove each other at once', async () => {
    for (const method of ['PATCH', 'DELETE'] as const) {
      const { id, member } = await crew('owner', 'owner', 'viewer');
      const body = method === 'PATCH' ? { role: 'viewer' } : undefined;
      const strike = (by: number, at: number) =>
        member(by).call(method, `/teams/${id}/members/${member(at).id}`, body);
      const answers = await Promise.all([strike(0, 1), strike(1, 0)]);
      const isDone = answers.map(({ statusCode }) => statusCode < 300);
      expect(isDone.filter(Boolean)).toHaveLength(1);
      const roles = Object.values(await rolesIn(id, member(2)));
      expect(roles.filter((role) => role === 'owner')).toHaveLength(1);
    }
  });

  it('stays, when all owners leave at once', async () => {
    const { id, members, member } = await crew('owner', 'owner', 'owner', 'viewer');
    const owners = members.slice(0, 3);
    const answers = await Promise.all(owners.map(({ call }) => call('POST', `/teams/${id}/leave`)));
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted();
    expect(statuses).toEqual([204, 204, 409]);
    expect(Object.values(await rolesIn(id, member(3)))).toEqual(['owner', 'viewer']);
  });

  it('hands the team over, and stays as an admin', async () => {
    const { id, member } = await crew('owner', 'viewer');
    const path = `/teams/${id}/transfer`;
    const self = await member(0).call('POST', path, { user_id: member(0).id });
    expect(self.json()).toMatchObject({ status: 409, reason: 'team.owned_already' });
    const nobody = await member(0).call('POST', path, { user_id: randomUUID() });
    expect(nobody.statusCode).toBe(404);
    const done = await member(0).call('POST', path, { user_id: member(1).id });
    expect(done.json()).toMatchObject({ user_id: member(1).id, role: 'owner' });
    expect(await rolesIn(id, member(1))).toEqual({
      [member(0).id]: 'admin',
      [member(1).id]: 'owner',
    });
    expect((await member(0).call('POST', path, { user_id: member(0).id })).statusCode).toBe(403);
  });
});

describe('the audit log', () => {
  it('has an entry for each change of who is in a team', async () => {
    const { id, member } = await crew('owner', 'member', 'viewer');
    const path = (index: number) => `/teams/${id}/members/${member(index).id}`;
    await member(0).call('PATCH', path(1), { role: 'admin' });
    await member(1).call('DELETE', path(2));
    await member(0).call('POST', `/teams/${id}/transfer`, { user_id: member(1).id });
    await member(0).call('POST', `/teams/${id}/leave`);
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select(['actor_id', 'action', 'target_id', 'before', 'after'])
      .where('action', '~', '^(team|member)')
      .where('actor_id', 'in', [member(0).id, member(1).id])
      .orderBy('id')
      .execute();
    const by = (index: number, action: string, target: string) => ({
      actor_id: member(index).id,
      action,
      target_id: target,
    });
    expect(entries).toMatchObject([
      by(0, 'team.created', id),
      {
        ...by(0, 'member.role_changed', member(1).id),
        before: { team_id: id, role: 'member' },
        after: { team_id: id, role: 'admin' },
      },
      by(1, 'member.removed', member(2).id),
      by(0, 'team.transferred', member(1).id),
      by(0, 'member.left', member(0).id),
    ]);
  });
});
