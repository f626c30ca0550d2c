import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { TeamId } from '#shared/ids';
import { TEAM_ROLES } from '#shared/team-permissions';
import type { TeamRecord } from './teams.repository.ts';

const MAX_NAME_LENGTH = 255;

export const TeamName = text(MAX_NAME_LENGTH).min(1).describe('Name, as people see it');

export const TeamRoleName = z.enum(TEAM_ROLES);

export const TeamParams = z.object({ id: uuid<TeamId>() });

export const TeamCreate = z.strictObject({ name: TeamName }).meta({ id: 'TeamCreate' });

export const TeamUpdate = z.strictObject({ name: TeamName }).meta({ id: 'TeamUpdate' });

export const TeamFilter = listQuery({ sort: ['created_at', 'name'], default: 'created_at' });

export const TeamResponse = z
  .object({
    id: uuid<TeamId>(),
    name: z.string(),
    tier: z.enum(['free', 'pro', 'enterprise']),
    is_personal: z.boolean().describe('The team that each user has, alone'),
    role: TeamRoleName.describe("The caller's role in the team"),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'TeamResponse' });

export const TeamListResponse = pageOf(TeamResponse).meta({ id: 'TeamListResponse' });

export function presentTeam(team: TeamRecord): z.input<typeof TeamResponse> {
  return {
    id: team.id,
    name: team.name,
    tier: team.tier,
    is_personal: team.isPersonal,
    role: team.role,
    created_at: team.createdAt,
    updated_at: team.updatedAt,
  };
}
