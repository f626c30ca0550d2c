import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  ApiKeyCreate,
  ApiKeyFilter,
  ApiKeyListResponse,
  ApiKeyParams,
  ApiKeyResponse,
  ApiKeyUpdate,
  IssuedApiKeyResponse,
  presentApiKey,
  presentIssuedApiKey,
} from './api-keys.schemas.ts';
import type { ApiKeyService } from './api-keys.service.ts';

const tags = ['api-keys'];
const config = { access: 'user', signIn: 'person' } as const;

const createApiKey = {
  schema: {
    operationId: 'createApiKey',
    summary: 'Make an API key of the active team; only this answer shows it',
    description:
      'Takes no `Idempotency-Key`: its answer would have to be kept, and with it the key.',
    tags,
    body: ApiKeyCreate,
    response: { 201: IssuedApiKeyResponse },
  },
  config,
};
const listApiKeys = {
  schema: {
    operationId: 'listApiKeys',
    summary: "List the caller's API keys of the active team; owners and admins see everybody's",
    tags,
    querystring: ApiKeyFilter,
    response: { 200: ApiKeyListResponse },
  },
  config,
};
const readApiKey = {
  schema: {
    operationId: 'getApiKey',
    summary: 'Read what is known of an API key',
    tags,
    params: ApiKeyParams,
    response: { 200: ApiKeyResponse },
  },
  config,
};
const updateApiKey = {
  schema: {
    operationId: 'updateApiKey',
    summary: 'Rename an API key',
    tags,
    params: ApiKeyParams,
    body: ApiKeyUpdate,
    response: { 200: ApiKeyResponse },
  },
  config,
};
const deleteApiKey = {
  schema: {
    operationId: 'deleteApiKey',
    summary: 'Revoke an API key, within seconds everywhere',
    tags,
    params: ApiKeyParams,
    response: { 204: z.void() },
  },
  config,
};

export function registerApiKeyRoutes(app: App, { apiKeys }: { apiKeys: ApiKeyService }): void {
  app.post('/api-keys', createApiKey, async (request, reply) => {
    const { name, kind, scopes, expires_at: expiry } = request.body;
    const expiresAt = expiry ? new Date(expiry) : null;
    const issued = await apiKeys.create(request.actor, { name, kind, scopes, expiresAt });
    // No proxy or browser may keep what is shown once.
    reply.header('cache-control', 'no-store');
    return reply.code(201).send(presentIssuedApiKey(issued));
  });

  app.get('/api-keys', listApiKeys, async (request) => {
    const { kind, prefix } = request.query;
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query), kind, prefix };
    return presentPage(await apiKeys.list(request.actor, listing), presentApiKey);
  });

  app.get('/api-keys/:id', readApiKey, async (request) =>
    presentApiKey(await apiKeys.get(request.actor, request.params)),
  );

  app.patch('/api-keys/:id', updateApiKey, async (request) =>
    presentApiKey(await apiKeys.rename(request.actor, { ...request.params, ...request.body })),
  );

  app.delete('/api-keys/:id', deleteApiKey, async (request, reply) => {
    await apiKeys.revoke(request.actor, request.params);
    return reply.code(204).send();
  });
}
