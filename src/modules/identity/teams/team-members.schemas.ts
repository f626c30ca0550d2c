import { z } from 'zod';
import { listQuery, pageOf, timestamp, uuid } from '#platform/http/schema-parts';
import type { TeamId, UserId } from '#shared/ids';
import type { TeamMemberRecord } from './team-members.repository.ts';
import { TeamRoleName } from './teams.schemas.ts';

export const TeamMemberParams = z.object({ id: uuid<TeamId>(), user_id: uuid<UserId>() });

export const TeamMemberUpdate = z
  .strictObject({ role: TeamRoleName })
  .meta({ id: 'TeamMemberUpdate' });

export const TeamTransfer = z
  .strictObject({ user_id: uuid<UserId>().describe('Member who becomes the owner') })
  .meta({ id: 'TeamTransfer' });

export const TeamMemberFilter = listQuery({ sort: ['created_at'], default: 'created_at' });

export const TeamMemberResponse = z
  .object({
    user_id: uuid<UserId>(),
    email: z.string().nullable(),
    username: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    role: TeamRoleName,
    created_at: timestamp.describe('When they joined'),
    updated_at: timestamp,
  })
  .meta({ id: 'TeamMemberResponse' });

export const TeamMemberListResponse = pageOf(TeamMemberResponse).meta({
  id: 'TeamMemberListResponse',
});

export function presentTeamMember(member: TeamMemberRecord): z.input<typeof TeamMemberResponse> {
  return {
    user_id: member.userId,
    email: member.email,
    username: member.username,
    first_name: member.firstName,
    last_name: member.lastName,
    role: member.role,
    created_at: member.createdAt,
    updated_at: member.updatedAt,
  };
}
