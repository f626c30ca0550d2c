import type { TeamRole } from '#shared/actor';
import { isAllowed, type TeamPermission } from '#shared/team-permissions';
import { AppError } from './app-error.ts';

/** @throws FORBIDDEN where the role in the team does not give the permission */
export function assertAllowed(
  { teamRole }: { readonly teamRole: TeamRole },
  permission: TeamPermission,
): void {
  if (isAllowed(teamRole, permission)) return;
  throw new AppError('forbidden', `Your role in this team, ${teamRole}, does not allow this`, {
    reason: 'team_role_insufficient',
    details: { role: teamRole, permission },
  });
}
