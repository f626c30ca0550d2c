import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  presentTeamMember,
  TeamMemberFilter,
  TeamMemberListResponse,
  TeamMemberParams,
  TeamMemberResponse,
  TeamMemberUpdate,
  TeamTransfer,
} from './team-members.schemas.ts';
import type { TeamMemberService } from './team-members.service.ts';
import { TeamParams } from './teams.schemas.ts';

const tags = ['teams'];
const config = { access: 'user' } as const;
const forPeople = { ...config, signIn: 'person' } as const;

const listMembers = {
  schema: {
    operationId: 'listTeamMembers',
    summary: 'List the members of a team',
    tags,
    params: TeamParams,
    querystring: TeamMemberFilter,
    response: { 200: TeamMemberListResponse },
  },
  config,
};
const updateMember = {
  schema: {
    operationId: 'updateTeamMember',
    summary: "Change a member's role",
    tags,
    params: TeamMemberParams,
    body: TeamMemberUpdate,
    response: { 200: TeamMemberResponse },
  },
  config: forPeople,
};
const removeMember = {
  schema: {
    operationId: 'removeTeamMember',
    summary: 'Remove a member, or leave the team oneself',
    tags,
    params: TeamMemberParams,
    response: { 204: z.void() },
  },
  config: forPeople,
};
const leaveTeam = {
  schema: {
    operationId: 'leaveTeam',
    summary: 'Leave a team that has another owner',
    tags,
    params: TeamParams,
    response: { 204: z.void() },
  },
  config: forPeople,
};
const transferTeam = {
  schema: {
    operationId: 'transferTeam',
    summary: 'Make another member the owner and stay as an admin',
    tags,
    params: TeamParams,
    body: TeamTransfer,
    response: { 200: TeamMemberResponse },
  },
  config: forPeople,
};

export function registerTeamMemberRoutes(
  app: App,
  { teamMembers }: { teamMembers: TeamMemberService },
): void {
  app.get('/teams/:id/members', listMembers, async (request) => {
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    const input = { ...request.params, ...listing };
    return presentPage(await teamMembers.list(request.actor, input), presentTeamMember);
  });

  app.patch('/teams/:id/members/:user_id', updateMember, async (request) => {
    const { id, user_id: userId } = request.params;
    const input = { id, userId, ...request.body };
    return presentTeamMember(await teamMembers.changeRole(request.actor, input));
  });

  app.delete('/teams/:id/members/:user_id', removeMember, async (request, reply) => {
    const { id, user_id: userId } = request.params;
    await teamMembers.remove(request.actor, { id, userId });
    return reply.code(204).send();
  });

  app.post('/teams/:id/leave', leaveTeam, async (request, reply) => {
    await teamMembers.leave(request.actor, request.params);
    return reply.code(204).send();
  });

  app.post('/teams/:id/transfer', transferTeam, async (request) => {
    const { user_id: userId } = request.body;
    const input = { id: request.params.id, userId };
    return presentTeamMember(await teamMembers.transfer(request.actor, input));
  });
}
