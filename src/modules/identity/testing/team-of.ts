import type { Database } from '#platform/db/database';
import type { TeamRole } from '#shared/actor';
import { newId } from '#shared/ids';
import type { createVisitor } from './visitor.ts';

type Visitor = ReturnType<typeof createVisitor>;

/** A team with one member of each role given, all signed in; the first must be an owner, who creates it. */
export async function createTeamOf(
  { visitor, database }: { readonly visitor: Visitor; readonly database: Database },
  [first, ...others]: readonly TeamRole[],
) {
  if (first !== 'owner') throw new Error('Whoever creates a team is its owner');
  const owner = await signUp(visitor);
  const created = await owner.call('POST', '/teams', { name: 'Crew' });
  const id = String(created.json().id);
  const members = [owner];
  for (const role of others) {
    const member = await signUp(visitor);
    await database
      .forSystem()
      .insertInto('team_members')
      .values({ id: newId(), team_id: id, user_id: member.id, role })
      .execute();
    members.push(member);
  }
  return { id, members, member: (index: number) => members[index] ?? owner };
}

export type SignedIn = Awaited<ReturnType<typeof signUp>>;

/** Somebody new, who calls the API signed in. */
export async function signUp(visitor: Visitor) {
  const { email, user } = await visitor.signUp();
  const { bearer } = await visitor.signIn(email);
  return {
    id: String(user.id),
    email,
    bearer,
    call: (
      method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
      url: string,
      body?: object,
      headers: Readonly<Record<string, string>> = {},
    ) => visitor.call(method, url, { ...(body && { body }), headers: { ...bearer, ...headers } }),
  };
}
