import { notFound } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type { TeamPermission } from '#shared/team-permissions';
import { unauthenticated } from '../auth/unauthenticated.ts';
import type { TeamRecord, TeamsRepository } from './teams.repository.ts';

export type TeamFinder = Pick<TeamsRepository, 'find' | 'findAs'>;

/** The team as the caller sees it. @throws NOT_FOUND for one they are not in, or their API key is not for */
export async function getTeam(
  teams: TeamFinder,
  actor: Actor,
  teamId: TeamId,
): Promise<TeamRecord> {
  const team = await findTeam(teams, actor, teamId);
  if (!team) throw notFound('team', teamId);
  return team;
}

/**
 * The team, locked, with the caller's role in it as it is now and stays until the transaction ends.
 * @throws NOT_FOUND, FORBIDDEN, UNAUTHORIZED for an API key
 */
export async function lockTeam(
  teams: TeamFinder & Pick<TeamsRepository, 'lock'>,
  actor: Actor,
  { id, permission }: { readonly id: TeamId; readonly permission: TeamPermission },
): Promise<TeamRecord> {
  assertPerson(actor);
  await teams.lock(id);
  const team = await getTeam(teams, actor, id);
  assertAllowed({ teamRole: team.role }, permission);
  return team;
}

/** Who is in a team is for people to decide: a stolen key must not be able to let anybody in. */
export function assertPerson({ credential }: Actor): void {
  if (credential.kind === 'api_key') throw unauthenticated('no_session');
}

async function findTeam(
  teams: TeamFinder,
  { userId, teamId: activeId, teamRole, credential }: Actor,
  teamId: TeamId,
): Promise<TeamRecord | undefined> {
  const isKey = credential.kind === 'api_key';
  if (isKey && activeId !== teamId.toLowerCase()) return undefined;
  // No member stands behind a key of the team itself.
  if (isKey && credential.isOfTeam) return teams.findAs(teamRole, teamId);
  return teams.find({ teamId, userId });
}
