import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TeamRole } from '#shared/actor';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { createTeamOf } from '../testing/team-of.ts';
import { createVisitor } from '../testing/visitor.ts';

const DAY_SECONDS = 86_400;

const { test, built, visitor } = await startIdentity();

const crew = (...roles: readonly TeamRole[]) =>
  createTeamOf({ visitor, database: test.database }, roles);
const newAddress = () => `${randomUUID()}@example.com`;

describe('an invitation', () => {
  it('goes by mail to the canonical address, and says who invites to what', async () => {
    const { id, member } = await crew('owner');
    const address = newAddress();
    const created = await member(0).call('POST', `/teams/${id}/invitations`, {
      email: ` ${address.toUpperCase()} `,
      role: 'member',
    });
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({
      team_id: id,
      email: address,
      role: 'member',
      invited_by_id: member(0).id,
      mailed_at: null,
    });
    await built.queue.runAll();
    const mail = built.mailbox.mailTo(address, /invited/);
    expect(mail.text).toContain(`${member(0).email} invites you to the team "Crew", as member.`);
    const token = built.mailbox.tokenTo(address);
    const shown = await visitor.call('GET', `/invitations/${token}`);
    expect(shown.json()).toEqual({
      email: address,
      role: 'member',
      team_name: 'Crew',
      has_account: false,
      expires_at: created.json().expires_at,
    });
  });

  it('is stored without its token, and its job and the answers know none', async () => {
    const { id, member } = await crew('owner');
    const address = newAddress();
    const body = { email: address, role: 'viewer' };
    const created = await member(0).call('POST', `/teams/${id}/invitations`, body);
    await built.queue.runAll();
    const token = built.mailbox.tokenTo(address);
    const rows = await test.database
      .forSystem()
      .selectFrom('invitations')
      .selectAll()
      .where('email', '=', address)
      .execute();
    const listed = await member(0).call('GET', `/teams/${id}/invitations`);
    for (const path of [token, `${token}/`, `${token}/acept`])
      await visitor.call('GET', `/invitations/${path}`);
    const seen = [created.body, listed.body, JSON.stringify(rows), built.logLines.join('\n')];
    expect(seen.filter((text) => text.includes(token))).toEqual([]);
  });

  it.each([
    ['owner', 'owner', 201],
    ['admin', 'admin', 201],
    ['admin', 'owner', 403],
    ['member', 'viewer', 403],
    ['viewer', 'viewer', 403],
  ] as const)('by who is %s to be %s: %i', async (by, role, status) => {
    const { id, member } = await crew('owner', by);
    const path = `/teams/${id}/invitations`;
    const answer = await member(1).call('POST', path, { email: newAddress(), role });
    expect(answer.statusCode).toBe(status);
    const { total } = (await member(0).call('GET', path)).json();
    expect(total).toBe(status === 201 ? 1 : 0);
  });

  it.each([
    ['no address', { role: 'member' }, 'email'],
    ['no role', { email: 'a@example.com' }, 'role'],
    ['an unknown role', { email: 'a@example.com', role: 'god' }, 'role'],
    ['a team', { email: 'a@example.com', role: 'member', team_id: randomUUID() }, 'team_id'],
    [
      'an expiry',
      { email: 'a@example.com', role: 'member', expires_at: '2099-01-01' },
      'expires_at',
    ],
  ])('with %s is refused', async (_, body, field) => {
    const { id, member } = await crew('owner');
    const answer = await member(0).call('POST', `/teams/${id}/invitations`, body);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors).toEqual([expect.objectContaining({ field })]);
  });

  it('is listed to who may invite, and to nobody else', async () => {
    const { id, members } = await crew('owner', 'admin', 'member', 'viewer');
    const list = members.map(({ call }) => call('GET', `/teams/${id}/invitations`));
    const statuses = (await Promise.all(list)).map(({ statusCode }) => statusCode);
    expect(statuses).toEqual([200, 200, 403, 403]);
  });

  it('is refused for an address that is invited or in the team, and for a personal team', async () => {
    const { id, member } = await crew('owner');
    const invite = (team: string, email: string) =>
      member(0).call('POST', `/teams/${team}/invitations`, { email, role: 'member' });
    const address = newAddress();
    await invite(id, address);
    expect((await invite(id, address)).json()).toMatchObject({
      status: 409,
      reason: 'invitation.open',
    });
    expect((await invite(id, member(0).email)).json().reason).toBe('team.already_member');
    const { items } = (await member(0).call('GET', '/teams')).json();
    const personal = items.find((team: { is_personal: boolean }) => team.is_personal);
    expect((await invite(personal.id, newAddress())).json().reason).toBe('team.personal');
  });

  it('can be mailed again after a pause, which renews it', async () => {
    const { id, member } = await crew('owner');
    const address = newAddress();
    const path = `/teams/${id}/invitations`;
    const created = await member(0).call('POST', path, { email: address, role: 'member' });
    await built.queue.runAll();
    const resend = () => member(0).call('POST', `${path}/${created.json().id}/resend`);
    const early = await resend();
    expect(early.statusCode).toBe(429);
    expect(Number(early.headers['retry-after'])).toBeLessThanOrEqual(60);
    built.clock.advance(61);
    const again = await resend();
    expect(again.statusCode).toBe(200);
    expect(Date.parse(again.json().expires_at)).toBe(
      Date.parse(created.json().expires_at) + 61_000,
    );
    await built.queue.runAll();
    const mails = built.mailbox.mails.filter(({ to }) => to === address);
    expect(mails).toHaveLength(2);
    expect(mails[0]?.text).toContain(built.mailbox.tokenTo(address));
  });

  it('makes room for another when it has expired', async () => {
    const short = await buildIdentityApp(test.database, { invitationDays: 1 });
    const other = createVisitor(short.app);
    const { id, member } = await createTeamOf({ visitor: other, database: test.database }, [
      'owner',
    ]);
    const body = { email: newAddress(), role: 'member' };
    const invite = () => member(0).call('POST', `/teams/${id}/invitations`, body);
    const { id: first } = (await invite()).json();
    short.clock.advance(DAY_SECONDS + 1);
    const bearer = (await other.signIn(member(0).email)).bearer;
    const again = await other.call('POST', `/teams/${id}/invitations`, { body, headers: bearer });
    expect(again.statusCode).toBe(201);
    expect(again.json().id).not.toBe(first);
    await short.app.close();
  });

  it('of an owner is not for an admin to revoke or mail again', async () => {
    const { id, member } = await crew('owner', 'admin');
    const path = `/teams/${id}/invitations`;
    const created = await member(0).call('POST', path, { email: newAddress(), role: 'owner' });
    const one = `${path}/${created.json().id}`;
    expect((await member(1).call('DELETE', one)).statusCode).toBe(403);
    expect((await member(1).call('POST', `${one}/resend`)).statusCode).toBe(403);
    expect((await member(0).call('DELETE', one)).statusCode).toBe(204);
    expect((await member(0).call('DELETE', one)).statusCode).toBe(404);
  });

  it('ends when its author may not give its role any more', async () => {
    const { id, member } = await crew('owner', 'owner', 'admin');
    const path = `/teams/${id}/invitations`;
    const invite = (by: number, role: TeamRole) =>
      member(by).call('POST', path, { email: newAddress(), role });
    await invite(1, 'owner');
    await invite(1, 'member');
    await invite(2, 'admin');
    const rolesLeft = async () => {
      const { items } = (await member(0).call('GET', `${path}?sort=created_at`)).json();
      return items.map(({ role }: { role: string }) => role);
    };
    const subject = (index: number) => `/teams/${id}/members/${member(index).id}`;
    await member(0).call('PATCH', subject(1), { role: 'admin' });
    expect(await rolesLeft()).toEqual(['member', 'admin']);
    await member(0).call('DELETE', subject(2));
    expect(await rolesLeft()).toEqual(['member']);
  });

  it('is not found under another team', async () => {
    const { id, member } = await crew('owner');
    const other = await crew('owner');
    const body = { email: newAddress(), role: 'member' };
    const created = await member(0).call('POST', `/teams/${id}/invitations`, body);
    const nested = `/teams/${other.id}/invitations/${created.json().id}`;
    expect((await other.member(0).call('DELETE', nested)).statusCode).toBe(404);
    expect((await other.member(0).call('POST', `${nested}/resend`)).statusCode).toBe(404);
    const { total } = (await member(0).call('GET', `/teams/${id}/invitations`)).json();
    expect(total).toBe(1);
  });
});
