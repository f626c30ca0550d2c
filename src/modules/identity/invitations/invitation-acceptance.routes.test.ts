import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TeamRole } from '#shared/actor';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { createTeamOf, signUp, type SignedIn } from '../testing/team-of.ts';
import { createVisitor, PASSWORD } from '../testing/visitor.ts';

const WEEK_SECONDS = 604_800;

const { test, built, visitor } = await startIdentity();

/** A team with an invitation to the address, and the token that was mailed. */
async function invite(email: string, role: TeamRole = 'member') {
  const { id, member } = await createTeamOf({ visitor, database: test.database }, ['owner']);
  const path = `/teams/${id}/invitations`;
  const invitation = (await member(0).call('POST', path, { email, role })).json();
  await built.queue.runAll();
  const token = built.mailbox.tokenTo(email);
  return { teamId: id, owner: member(0), invitation, token, path: `/invitations/${token}/accept` };
}

const newAddress = () => `${randomUUID()}@example.com`;

async function membersOf(teamId: string, by: SignedIn) {
  const { items } = (await by.call('GET', `/teams/${teamId}/members`)).json();
  return items.map((item: Record<string, string>) => [item['email'], item['role']]);
}

describe('who is signed in as who is invited', () => {
  it('joins with the role, and the address counts as verified', async () => {
    const ada = await signUp(visitor);
    const { teamId, owner, path, token } = await invite(ada.email, 'viewer');
    const shown = (await visitor.call('GET', `/invitations/${token}`)).json();
    expect(shown.has_account).toBe(true);
    const joined = await ada.call('POST', path);
    expect(joined.statusCode).toBe(200);
    expect(joined.json().team).toMatchObject({ id: teamId, name: 'Crew', role: 'viewer' });
    expect(await membersOf(teamId, owner)).toEqual([
      [owner.email, 'owner'],
      [ada.email, 'viewer'],
    ]);
    const active = await ada.call('GET', '/users/me', undefined, { 'x-team-id': teamId });
    expect(active.json()).toMatchObject({ email_verified: true });
    const { total } = (await owner.call('GET', `/teams/${teamId}/invitations`)).json();
    expect(total).toBe(0);
  });

  it('joins once, however often they try at once', async () => {
    const ada = await signUp(visitor);
    const { path, teamId, owner } = await invite(ada.email);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ada.call('POST', path)));
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted();
    expect(statuses).toEqual([200, 404, 404, 404, 404]);
    expect(await membersOf(teamId, owner)).toHaveLength(2);
  });
});

describe('who is signed in as somebody else', () => {
  it('is refused, and leaves the invitation to whom it is for', async () => {
    const eve = await signUp(visitor);
    const address = newAddress();
    const { path, teamId, owner } = await invite(address);
    const refused = await eve.call('POST', path, { password: PASSWORD });
    expect(refused.json()).toMatchObject({ status: 403, reason: 'invitation.other_address' });
    expect(await membersOf(teamId, owner)).toHaveLength(1);
    const taken = await visitor.call('POST', path, { body: { password: PASSWORD } });
    expect(taken.statusCode).toBe(200);
  });
});

describe('who has no account', () => {
  it('signs up and joins in one go, with a verified address', async () => {
    const address = newAddress();
    const { path, teamId, owner } = await invite(address, 'admin');
    const body = { password: PASSWORD, first_name: 'Ada' };
    const joined = await visitor.call('POST', path, { body });
    expect(joined.json()).toMatchObject({ team: { id: teamId, role: 'admin' } });
    const { bearer } = await visitor.signIn(address);
    expect((await visitor.me(bearer)).json()).toMatchObject({
      email: address,
      first_name: 'Ada',
      role: 'user',
      email_verified: true,
    });
    const teams = (await visitor.call('GET', '/teams', { headers: bearer })).json();
    expect(teams.total).toBe(2);
    expect(await membersOf(teamId, owner)).toContainEqual([address, 'admin']);
  });

  it('is one account and one member, however often they try at once', async () => {
    const address = newAddress();
    const { path, teamId, owner } = await invite(address);
    const tries = Array.from({ length: 5 }, () =>
      visitor.call('POST', path, { body: { password: PASSWORD } }),
    );
    const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    for (const status of statuses) expect([200, 404, 409]).toContain(status);
    expect(await membersOf(teamId, owner)).toHaveLength(2);
  });

  it('leaves no account behind when joining fails', async () => {
    const address = newAddress();
    const { path, token, owner, teamId, invitation } = await invite(address);
    await owner.call('DELETE', `/teams/${teamId}/invitations/${invitation.id}`);
    expect((await visitor.call('GET', `/invitations/${token}`)).statusCode).toBe(404);
    const late = await visitor.call('POST', path, { body: { password: PASSWORD } });
    expect(late.statusCode).toBe(404);
    expect((await visitor.login(address)).statusCode).toBe(401);
  });

  it.each([
    ['no password', {}, 'password'],
    ['a weak password', { password: 'password' }, 'password'],
    ['another address', { password: PASSWORD, email: 'eve@example.com' }, 'email'],
    ['a role', { password: PASSWORD, role: 'owner' }, 'role'],
    ['a verified address', { password: PASSWORD, email_verified: true }, 'email_verified'],
  ])('with %s is told so, and may try again', async (_, body, field) => {
    const { path } = await invite(newAddress());
    const refused = await visitor.call('POST', path, { body });
    expect(refused.statusCode).toBe(422);
    expect(refused.json().errors[0].field).toBe(field);
    const right = await visitor.call('POST', path, { body: { password: PASSWORD } });
    expect(right.statusCode).toBe(200);
  });

  it('gets one where accounts are by invitation, and none where they are closed', async () => {
    for (const [registrationMode, status] of [
      ['invite', 200],
      ['closed', 403],
    ] as const) {
      const { path } = await invite(newAddress());
      const limited = await buildIdentityApp(test.database, { registrationMode });
      const body = { password: PASSWORD };
      const answer = await createVisitor(limited.app).call('POST', path, { body });
      expect(answer.statusCode).toBe(status);
      await limited.app.close();
    }
  });
});

describe('who has an account, but is not signed in', () => {
  it('is told to sign in', async () => {
    const ada = await signUp(visitor);
    const { path } = await invite(ada.email);
    const answer = await visitor.call('POST', path, { body: { password: 'An0ther-password' } });
    expect(answer.statusCode).toBe(409);
    expect((await visitor.login(ada.email)).statusCode).toBe(200);
  });
});

describe('an invitation that is used, revoked, expired or was never made', () => {
  it('is refused alike', async () => {
    const used = await invite(newAddress());
    await visitor.call('POST', used.path, { body: { password: PASSWORD } });
    const revoked = await invite(newAddress());
    const { teamId, invitation } = revoked;
    await revoked.owner.call('DELETE', `/teams/${teamId}/invitations/${invitation.id}`);
    const gone = await invite(newAddress());
    await gone.owner.call('DELETE', `/teams/${gone.teamId}`);
    const expired = await invite(newAddress());
    built.clock.advance(WEEK_SECONDS + 1);
    const tokens = [used, revoked, gone, expired].map(({ token }) => token);
    const answers = [];
    for (const token of [...tokens, 'x', 'A'.repeat(64)]) {
      const shown = await visitor.call('GET', `/invitations/${token}`);
      const accepted = await visitor.call('POST', `/invitations/${token}/accept`, {
        body: { password: PASSWORD },
      });
      answers.push(...[shown, accepted].map(({ json }) => json()));
    }
    const kinds = new Set(answers.map(({ status, detail }) => `${status} ${detail}`));
    expect([...kinds]).toEqual(['404 No such invitation; ask for a new one']);
  });
});

describe('the audit log', () => {
  it('has an entry for each step of an invitation, without the address', async () => {
    const address = newAddress();
    const { teamId, owner, invitation, path } = await invite(address, 'viewer');
    const one = `/teams/${teamId}/invitations/${invitation.id}`;
    built.clock.advance(61);
    await owner.call('POST', `${one}/resend`);
    await visitor.call('POST', path, { body: { password: PASSWORD } });
    const revoked = (
      await owner.call('POST', `/teams/${teamId}/invitations`, {
        email: newAddress(),
        role: 'admin',
      })
    ).json();
    await owner.call('DELETE', `/teams/${teamId}/invitations/${revoked.id}`);
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select(['actor_id', 'action', 'after'])
      .where('target_id', 'in', [invitation.id, revoked.id])
      .orderBy('id')
      .execute();
    expect(entries.map(({ action }) => action)).toEqual([
      'invitation.created',
      'invitation.resent',
      'invitation.accepted',
      'invitation.created',
      'invitation.revoked',
    ]);
    expect(entries[0]).toMatchObject({
      actor_id: owner.id,
      after: { team_id: teamId, role: 'viewer' },
    });
    expect(entries[2]?.actor_id).not.toBe(owner.id);
    expect(JSON.stringify(entries)).not.toContain('@');
  });
});
