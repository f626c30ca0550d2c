import { randomUUID } from 'node:crypto';
import type { TeamRole } from '#shared/actor';
import { createClient, signUp, TEST_PASSWORD, type Client } from './client.ts';
import type { MailServer } from './mail-server.ts';

type Place = { readonly baseUrl: string; readonly mailServer: MailServer };

export type Member = { readonly id: string; readonly email: string; readonly client: Client };

export type Crew = {
  readonly teamId: string;
  readonly owner: Member;
  readonly admin: Member;
  readonly member: Member;
  readonly viewer: Member;
};

/** A team with somebody of each role, who all came by invitation; every client acts for the team. */
export async function createCrew(place: Place): Promise<Crew> {
  const { baseUrl } = place;
  const { email, user, login, client } = await signUp(baseUrl);
  const teamId = String((await client.post('/teams', { name: 'Crew' })).body.id);
  const acting = actFor(baseUrl, { token: login.access_token, teamId });
  const owner = { id: String(user.id), email, client: acting };
  const join = (role: TeamRole) => inviteAndJoin(place, { teamId, owner, role });
  const [admin, member, viewer] = [await join('admin'), await join('member'), await join('viewer')];
  return { teamId, owner, admin, member, viewer };
}

/** A client whose requests name the team. */
export function actFor(
  baseUrl: string,
  { token, teamId }: { readonly token: string; readonly teamId: string },
): Client {
  return createClient(baseUrl, { authorization: `Bearer ${token}`, 'x-team-id': teamId });
}

/** The token of the invitation that was mailed. */
export async function mailedInvitation(mailServer: MailServer, address: string): Promise<string> {
  const { parsed } = await mailServer.waitFor(address, /invited/);
  const token = /#token=([\w-]+)/.exec(parsed.text ?? '')?.[1];
  if (!token) throw new Error(`no token in: ${parsed.text}`);
  return token;
}

async function inviteAndJoin(
  { baseUrl, mailServer }: Place,
  { teamId, owner, role }: { teamId: string; owner: Member; role: TeamRole },
): Promise<Member> {
  const email = `${role}-${randomUUID()}@example.com`;
  await owner.client.post(`/teams/${teamId}/invitations`, { email, role });
  const token = await mailedInvitation(mailServer, email);
  const visitor = createClient(baseUrl);
  await visitor.post(`/invitations/${token}/accept`, { password: TEST_PASSWORD });
  const { body } = await visitor.post('/auth/login', { email, password: TEST_PASSWORD });
  const client = actFor(baseUrl, { token: body.access_token, teamId });
  return { id: String(body.user.id), email, client };
}
