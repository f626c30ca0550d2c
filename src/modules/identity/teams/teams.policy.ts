import { AppError } from '#platform/errors/app-error';
import type { TeamRole } from '#shared/actor';
import { canManageRole } from '#shared/team-permissions';

/** @throws CONFLICT for a personal team: nobody joins or leaves it, and it goes with its user only */
export function assertShared(team: { readonly id: string; readonly isPersonal: boolean }): void {
  if (!team.isPersonal) return;
  throw new AppError(
    'conflict',
    'A personal team is of one user, for as long as there is the user',
    {
      reason: 'team.personal',
      details: { resource: 'team', id: team.id },
    },
  );
}

/** @throws FORBIDDEN where one of the roles is not the caller's to give or take */
export function assertManages(role: TeamRole, managed: readonly TeamRole[]): void {
  const beyond = managed.find((other) => !canManageRole(role, other));
  if (!beyond) return;
  throw new AppError(
    'forbidden',
    `Your role in this team, ${role}, cannot give or take "${beyond}"`,
    {
      reason: 'team_role_insufficient',
      details: { role, managed: beyond },
    },
  );
}
