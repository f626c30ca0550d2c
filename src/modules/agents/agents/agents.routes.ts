import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage } from '#platform/http/schema-parts';
import type { AgentId } from '#shared/ids';
import type { VersionsService } from '../versions/versions.service.ts';
import type { AgentContent } from './agent-content.ts';
import { NEW_AGENT } from './agents.service.ts';
import {
  readAgentContent,
  presentAgent,
  AgentCreate,
  AgentFilter,
  AgentListResponse,
  AgentParams,
  AgentResponse,
  AgentsParams,
  AgentUpdate,
  AgentVersionParams,
} from './agents.schemas.ts';

const tags = ['agents'];
const config = { access: 'user' } as const;

const createAgent = {
  schema: {
    operationId: 'createAgent',
    summary: 'Make an agent of a project, as its first version',
    tags,
    params: AgentsParams,
    body: AgentCreate,
    response: { 201: AgentResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listAgents = {
  schema: {
    operationId: 'listAgents',
    summary: 'List the agents of a project, each in its newest version',
    tags,
    params: AgentsParams,
    querystring: AgentFilter,
    response: { 200: AgentListResponse },
  },
  config,
};
const readAgent = {
  schema: {
    operationId: 'getAgent',
    summary: 'Read the newest version of an agent',
    tags,
    params: AgentParams,
    response: { 200: AgentResponse },
  },
  config,
};
const updateAgent = {
  schema: {
    operationId: 'updateAgent',
    summary: 'Make a new version of an agent; those before stay as they are',
    tags,
    params: AgentParams,
    body: AgentUpdate,
    response: { 200: AgentResponse },
  },
  config,
};
const deleteAgent = {
  schema: {
    operationId: 'deleteAgent',
    summary: 'Delete an agent with all its versions',
    tags,
    params: AgentParams,
    response: { 204: z.void() },
  },
  config,
};
const listAgentVersions = {
  schema: {
    operationId: 'listAgentVersions',
    summary: 'List the versions of an agent, newest first',
    tags,
    params: AgentParams,
    querystring: AgentFilter,
    response: { 200: AgentListResponse },
  },
  config,
};
const readAgentVersion = {
  schema: {
    operationId: 'getAgentVersion',
    summary: 'Read one version of an agent',
    tags,
    params: AgentVersionParams,
    response: { 200: AgentResponse },
  },
  config,
};

export function registerAgentRoutes(
  app: App,
  { agents }: { agents: VersionsService<AgentId, AgentContent> },
): void {
  app.post('/projects/:id/agents', createAgent, async (request, reply) => {
    const { name, ...content } = request.body;
    const input = {
      projectId: request.params.id,
      name,
      content: { ...NEW_AGENT, ...readAgentContent(content) },
    };
    return reply.code(201).send(presentAgent(await agents.create(request.actor, input)));
  });

  app.get('/projects/:id/agents', listAgents, async (request) => {
    const listing = { projectId: request.params.id, ...pageRequest(request.query) };
    return presentPage(await agents.list(request.actor, listing), presentAgent);
  });

  app.get('/projects/:id/agents/:agent_id', readAgent, async (request) =>
    presentAgent(await agents.get(request.actor, keyOf(request.params))),
  );

  app.patch('/projects/:id/agents/:agent_id', updateAgent, async (request) => {
    const input = { ...keyOf(request.params), changes: readAgentContent(request.body) };
    return presentAgent(await agents.update(request.actor, input));
  });

  app.delete('/projects/:id/agents/:agent_id', deleteAgent, async (request, reply) => {
    await agents.remove(request.actor, keyOf(request.params));
    return reply.code(204).send();
  });

  app.get('/projects/:id/agents/:agent_id/versions', listAgentVersions, async (request) => {
    const listing = { ...keyOf(request.params), ...pageRequest(request.query) };
    return presentPage(await agents.listVersions(request.actor, listing), presentAgent);
  });

  app.get('/projects/:id/agents/:agent_id/versions/:version', readAgentVersion, async (request) => {
    const { version } = request.params;
    return presentAgent(await agents.get(request.actor, { ...keyOf(request.params), version }));
  });
}

function keyOf({ id, agent_id }: z.output<typeof AgentParams>) {
  return { projectId: id, id: agent_id };
}
