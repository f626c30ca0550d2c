import { AppError } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';
import { isAllowed } from '#shared/team-permissions';
import type { ApiKeyKind, ApiKeyOwner } from './api-keys.repository.ts';

/** Whose keys the caller sees in the active team, and may revoke. */
export function reachOf({ teamId, teamRole, userId }: Actor): ApiKeyOwner {
  const seesAll = isAllowed(teamRole, 'team_api_keys.change');
  return { teamId, userId: seesAll ? undefined : userId };
}

/** @throws FORBIDDEN for a lesser role, and for who acts in another's name: a key would outlive that */
export function assertMayMake(actor: Actor, kind: ApiKeyKind): void {
  const { credential } = actor;
  if (credential.kind === 'session' && credential.impersonatorId !== undefined) {
    throw new AppError('forbidden', 'Only the user in person may do this', {
      reason: 'impersonation.refused',
    });
  }
  assertAllowed(actor, kind === 'team' ? 'team_api_keys.change' : 'api_keys.change');
}
