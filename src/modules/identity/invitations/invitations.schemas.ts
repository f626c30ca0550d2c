import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { InvitationId, TeamId } from '#shared/ids';
import { TeamResponse, TeamRoleName } from '../teams/teams.schemas.ts';
import { EmailInput, NewPassword, UserUpdate } from '../users/users.schemas.ts';
import type { NewMember, ShownInvitation } from './invitation-acceptance.service.ts';
import type { InvitationRecord } from './invitations.repository.ts';

const MAX_TOKEN_LENGTH = 256;

export const InvitationParams = z.object({
  id: uuid<TeamId>(),
  invitation_id: uuid<InvitationId>(),
});

export const InvitationTokenParams = z.object({
  token: text(MAX_TOKEN_LENGTH).min(1).describe('The token of the mail; it works once'),
});

export const InvitationCreate = z
  .strictObject({ email: EmailInput, role: TeamRoleName })
  .meta({ id: 'InvitationCreate' });

export const InvitationAccept = UserUpdate.extend({
  password: NewPassword.optional().describe('For a new account, when not signed in'),
})
  .nullish()
  .meta({ id: 'InvitationAccept' });

export const InvitationFilter = listQuery({
  sort: ['created_at', 'email'],
  default: '-created_at',
});

const common = {
  email: z.string().describe('Who is invited'),
  role: TeamRoleName.describe('The role they will have'),
  expires_at: timestamp,
};

export const InvitationResponse = z
  .object({
    id: uuid<InvitationId>(),
    team_id: uuid<TeamId>(),
    ...common,
    invited_by_id: uuid(),
    mailed_at: timestamp.nullable(),
    created_at: timestamp,
  })
  .meta({ id: 'InvitationResponse' });

export const InvitationListResponse = pageOf(InvitationResponse).meta({
  id: 'InvitationListResponse',
});

export const OpenInvitationResponse = z
  .object({
    ...common,
    team_name: z.string(),
    has_account: z.boolean().describe('Whether to sign in, or to set a password'),
  })
  .meta({ id: 'OpenInvitationResponse' });

export const AcceptedInvitationResponse = z
  .object({ team: TeamResponse })
  .meta({ id: 'AcceptedInvitationResponse' });

export function presentInvitation(record: InvitationRecord): z.input<typeof InvitationResponse> {
  return {
    id: record.id,
    team_id: record.teamId,
    email: record.email,
    role: record.role,
    invited_by_id: record.invitedById,
    expires_at: record.expiresAt,
    mailed_at: record.mailedAt,
    created_at: record.createdAt,
  };
}

export function presentOpenInvitation(
  invitation: ShownInvitation,
): z.input<typeof OpenInvitationResponse> {
  return {
    email: invitation.email,
    role: invitation.role,
    expires_at: invitation.expiresAt,
    team_name: invitation.teamName,
    has_account: invitation.hasAccount,
  };
}

export function newMemberOf(body: z.output<typeof InvitationAccept>): NewMember | undefined {
  if (body?.password === undefined) return undefined;
  const {
    password,
    username = null,
    first_name: firstName = null,
    last_name: lastName = null,
  } = body;
  return { password, username, firstName, lastName };
}
