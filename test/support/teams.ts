import type { Database } from '#platform/db/database';
import type { Actor } from '#shared/actor';
import { newId, type AuthSessionId, type ProjectId, type TeamId, type UserId } from '#shared/ids';

export type TestTeam = { readonly id: TeamId; readonly actor: Actor; readonly viewer: Actor };

/** A team of its own with one owner; `viewer` is somebody who may only read there. */
export async function addTeam(database: Database): Promise<TestTeam> {
  const queries = database.forSystem();
  const userId = newId<UserId>();
  const teamId = newId<TeamId>();
  await queries
    .insertInto('users')
    .values({ id: userId, email: `${userId}@example.test` })
    .execute();
  await queries.insertInto('teams').values({ id: teamId, name: 'Team' }).execute();
  const actor = {
    userId,
    teamId,
    role: 'user',
    teamRole: 'owner',
    tier: 'free',
    credential: { kind: 'session', authSessionId: newId<AuthSessionId>() },
  } as const;
  return { id: teamId, actor, viewer: { ...actor, teamRole: 'viewer' } };
}

export async function addProject(
  database: Database,
  { teamId, userId }: Actor,
): Promise<ProjectId> {
  const id = newId<ProjectId>();
  await database
    .forTeam(teamId)
    .insertInto('projects')
    .values({ id, team_id: teamId, owner_id: userId, name: 'Project' })
    .execute();
  return id;
}
