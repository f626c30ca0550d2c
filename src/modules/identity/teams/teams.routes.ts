import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  presentTeam,
  TeamCreate,
  TeamFilter,
  TeamListResponse,
  TeamParams,
  TeamResponse,
  TeamUpdate,
} from './teams.schemas.ts';
import type { TeamService } from './teams.service.ts';

const tags = ['teams'];
const config = { access: 'user' } as const;
const forPeople = { ...config, signIn: 'person' } as const;

const createTeam = {
  schema: {
    operationId: 'createTeam',
    summary: 'Create a team and become its owner',
    tags,
    body: TeamCreate,
    response: { 201: TeamResponse },
  },
  config: { ...forPeople, isIdempotent: true },
};
const listTeams = {
  schema: {
    operationId: 'listTeams',
    summary: "List the caller's teams",
    tags,
    querystring: TeamFilter,
    response: { 200: TeamListResponse },
  },
  config,
};
const readTeam = {
  schema: {
    operationId: 'getTeam',
    summary: 'Read a team',
    tags,
    params: TeamParams,
    response: { 200: TeamResponse },
  },
  config,
};
const updateTeam = {
  schema: {
    operationId: 'updateTeam',
    summary: 'Rename a team',
    tags,
    params: TeamParams,
    body: TeamUpdate,
    response: { 200: TeamResponse },
  },
  config: forPeople,
};
const deleteTeam = {
  schema: {
    operationId: 'deleteTeam',
    summary: 'Delete a team without other members, with everything it has',
    tags,
    params: TeamParams,
    response: { 204: z.void() },
  },
  config: forPeople,
};

export function registerTeamRoutes(app: App, { teams }: { teams: TeamService }): void {
  app.post('/teams', createTeam, async (request, reply) =>
    reply.code(201).send(presentTeam(await teams.create(request.actor, request.body))),
  );

  app.get('/teams', listTeams, async (request) => {
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    return presentPage(await teams.list(request.actor, listing), presentTeam);
  });

  app.get('/teams/:id', readTeam, async (request) =>
    presentTeam(await teams.get(request.actor, request.params)),
  );

  app.patch('/teams/:id', updateTeam, async (request) =>
    presentTeam(await teams.rename(request.actor, { ...request.params, ...request.body })),
  );

  app.delete('/teams/:id', deleteTeam, async (request, reply) => {
    await teams.remove(request.actor, request.params);
    return reply.code(204).send();
  });
}
