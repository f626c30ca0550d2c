import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  presentSession,
  SessionCreate,
  SessionFilter,
  SessionListResponse,
  SessionParams,
  SessionResponse,
  SessionUpdate,
} from './sessions.schemas.ts';
import type { SessionService } from './sessions.service.ts';

const tags = ['chat'];
const config = { access: 'user' } as const;

const createSession = {
  schema: {
    operationId: 'createChatSession',
    summary: 'Create a chat session',
    tags,
    body: SessionCreate,
    response: { 201: SessionResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listSessions = {
  schema: {
    operationId: 'listChatSessions',
    summary: 'List your chat sessions in the active team',
    tags,
    querystring: SessionFilter,
    response: { 200: SessionListResponse },
  },
  config,
};
const readSession = {
  schema: {
    operationId: 'getChatSession',
    summary: 'Read a chat session',
    tags,
    params: SessionParams,
    response: { 200: SessionResponse },
  },
  config,
};
const updateSession = {
  schema: {
    operationId: 'updateChatSession',
    summary: 'Change a chat session in part',
    tags,
    params: SessionParams,
    body: SessionUpdate,
    response: { 200: SessionResponse },
  },
  config,
};
const deleteSession = {
  schema: {
    operationId: 'deleteChatSession',
    summary: 'Delete a chat session with its messages',
    tags,
    params: SessionParams,
    response: { 204: z.void() },
  },
  config,
};

export function registerSessionRoutes(app: App, { sessions }: { sessions: SessionService }): void {
  app.post('/chat/sessions', createSession, async (request, reply) => {
    const { name = null, project_id: projectId = null, model = null } = request.body;
    const session = await sessions.create(request.actor, { name, projectId, model });
    return reply.code(201).send(presentSession(session));
  });

  app.get('/chat/sessions', listSessions, async (request) => {
    const { project_id: projectId } = request.query;
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query), projectId };
    return presentPage(await sessions.list(request.actor, listing), presentSession);
  });

  app.get('/chat/sessions/:id', readSession, async (request) =>
    presentSession(await sessions.get(request.actor, request.params)),
  );

  app.patch('/chat/sessions/:id', updateSession, async (request) => {
    const { project_id: projectId, ...changes } = request.body;
    const change = { ...request.params, ...changes, projectId };
    return presentSession(await sessions.update(request.actor, change));
  });

  app.delete('/chat/sessions/:id', deleteSession, async (request, reply) => {
    await sessions.remove(request.actor, request.params);
    return reply.code(204).send();
  });
}
