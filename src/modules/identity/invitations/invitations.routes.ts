import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import { TeamParams } from '../teams/teams.schemas.ts';
import {
  InvitationCreate,
  InvitationFilter,
  InvitationListResponse,
  InvitationParams,
  InvitationResponse,
  presentInvitation,
} from './invitations.schemas.ts';
import type { InvitationService } from './invitations.service.ts';

const tags = ['invitations'];
const config = { access: 'user' } as const;
const forPeople = { ...config, signIn: 'person' } as const;

const createInvitation = {
  schema: {
    operationId: 'createInvitation',
    summary: 'Invite somebody to a team by mail',
    tags,
    params: TeamParams,
    body: InvitationCreate,
    response: { 201: InvitationResponse },
  },
  config: { ...forPeople, isIdempotent: true, rateLimit: 'invite' },
} as const;
const listInvitations = {
  schema: {
    operationId: 'listInvitations',
    summary: 'List the invitations to a team that were neither accepted nor revoked',
    tags,
    params: TeamParams,
    querystring: InvitationFilter,
    response: { 200: InvitationListResponse },
  },
  config,
};
const resendInvitation = {
  schema: {
    operationId: 'resendInvitation',
    summary: 'Mail an invitation again; it holds anew from now on',
    tags,
    params: InvitationParams,
    response: { 200: InvitationResponse },
  },
  config: { ...forPeople, rateLimit: 'invite' },
} as const;
const revokeInvitation = {
  schema: {
    operationId: 'revokeInvitation',
    summary: 'Take an invitation back',
    tags,
    params: InvitationParams,
    response: { 204: z.void() },
  },
  config: forPeople,
};

export function registerInvitationRoutes(
  app: App,
  { invitations }: { invitations: InvitationService },
): void {
  app.post('/teams/:id/invitations', createInvitation, async (request, reply) => {
    const input = { teamId: request.params.id, ...request.body };
    const invitation = await invitations.create(request.actor, input);
    return reply.code(201).send(presentInvitation(invitation));
  });

  app.get('/teams/:id/invitations', listInvitations, async (request) => {
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    const input = { teamId: request.params.id, ...listing };
    return presentPage(await invitations.list(request.actor, input), presentInvitation);
  });

  app.post('/teams/:id/invitations/:invitation_id/resend', resendInvitation, async (request) => {
    const { id: teamId, invitation_id: id } = request.params;
    return presentInvitation(await invitations.resend(request.actor, { teamId, id }));
  });

  app.delete('/teams/:id/invitations/:invitation_id', revokeInvitation, async (request, reply) => {
    const { id: teamId, invitation_id: id } = request.params;
    await invitations.revoke(request.actor, { teamId, id });
    return reply.code(204).send();
  });
}
