import type { App } from '#platform/http/app';
import { presentTeam } from '../teams/teams.schemas.ts';
import type { InvitationAcceptanceService } from './invitation-acceptance.service.ts';
import {
  AcceptedInvitationResponse,
  InvitationAccept,
  InvitationTokenParams,
  newMemberOf,
  OpenInvitationResponse,
  presentOpenInvitation,
} from './invitations.schemas.ts';

const tags = ['invitations'];

const readInvitation = {
  schema: {
    operationId: 'getInvitation',
    summary: 'Read what the holder of a mailed token is invited to',
    tags,
    params: InvitationTokenParams,
    response: { 200: OpenInvitationResponse },
  },
  config: { access: 'public' },
} as const;
const acceptInvitation = {
  schema: {
    operationId: 'acceptInvitation',
    summary: 'Join a team, signed in as who is invited, or sign up and join with a password',
    tags,
    params: InvitationTokenParams,
    body: InvitationAccept,
    response: { 200: AcceptedInvitationResponse },
  },
  config: { access: 'optional', signIn: 'person', rateLimit: 'login' },
} as const;

export function registerInvitationAcceptanceRoutes(
  app: App,
  { acceptance }: { acceptance: InvitationAcceptanceService },
): void {
  app.get('/invitations/:token', readInvitation, async (request) =>
    presentOpenInvitation(await acceptance.show(request.params)),
  );

  app.post('/invitations/:token/accept', acceptInvitation, async (request) => {
    const input = { ...request.params, newMember: newMemberOf(request.body) };
    return { team: presentTeam(await acceptance.accept(request.caller, input)) };
  });
}
