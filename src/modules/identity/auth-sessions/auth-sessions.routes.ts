import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  AuthSessionFilter,
  AuthSessionListResponse,
  AuthSessionParams,
  presentAuthSession,
} from './auth-sessions.schemas.ts';
import type { AuthSessionService } from './auth-sessions.service.ts';

const tags = ['users'];
const config = { access: 'user', signIn: 'session' } as const;

const listAuthSessions = {
  schema: {
    operationId: 'listAuthSessions',
    summary: 'List where the caller is signed in',
    tags,
    querystring: AuthSessionFilter,
    response: { 200: AuthSessionListResponse },
  },
  config,
};
const deleteAuthSession = {
  schema: {
    operationId: 'deleteAuthSession',
    summary: 'Sign out at one place, within seconds everywhere',
    tags,
    params: AuthSessionParams,
    response: { 204: z.void() },
  },
  config,
};
const deleteOtherAuthSessions = {
  schema: {
    operationId: 'deleteOtherAuthSessions',
    summary: 'Sign out everywhere but here',
    tags,
    response: { 204: z.void() },
  },
  config,
};

export function registerAuthSessionRoutes(
  app: App,
  { authSessions }: { authSessions: AuthSessionService },
): void {
  app.get('/users/me/auth-sessions', listAuthSessions, async (request) => {
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    return presentPage(await authSessions.list(request.actor, listing), presentAuthSession);
  });

  app.delete('/users/me/auth-sessions/:id', deleteAuthSession, async (request, reply) => {
    await authSessions.revoke(request.actor, request.params);
    return reply.code(204).send();
  });

  app.delete('/users/me/auth-sessions', deleteOtherAuthSessions, async (request, reply) => {
    await authSessions.revokeOthers(request.actor);
    return reply.code(204).send();
  });
}
