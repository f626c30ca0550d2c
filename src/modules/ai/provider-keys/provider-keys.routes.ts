import { z } from 'zod';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  presentProviderKey,
  presentVerification,
  ProviderKeyCreate,
  ProviderKeyFilter,
  ProviderKeyListResponse,
  ProviderKeyParams,
  ProviderKeyResponse,
  ProviderKeyUpdate,
  ProviderKeyVerificationResponse,
} from './provider-keys.schemas.ts';
import type { ProviderKeyService } from './provider-keys.service.ts';

const tags = ['provider-keys'];
const config = { access: 'user', signIn: 'person' } as const;

const createProviderKey = {
  schema: {
    operationId: 'createProviderKey',
    summary: 'Bring a key of a provider, with which the models of the team are called',
    tags,
    body: ProviderKeyCreate,
    response: { 201: ProviderKeyResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listProviderKeys = {
  schema: {
    operationId: 'listProviderKeys',
    summary: 'List the provider keys of the active team, without the keys themselves',
    tags,
    querystring: ProviderKeyFilter,
    response: { 200: ProviderKeyListResponse },
  },
  config,
};
const readProviderKey = {
  schema: {
    operationId: 'getProviderKey',
    summary: 'Read what is known of a provider key',
    tags,
    params: ProviderKeyParams,
    response: { 200: ProviderKeyResponse },
  },
  config,
};
const updateProviderKey = {
  schema: {
    operationId: 'updateProviderKey',
    summary: 'Put a new key, perhaps of another address, in the place of the old one',
    tags,
    params: ProviderKeyParams,
    body: ProviderKeyUpdate,
    response: { 200: ProviderKeyResponse },
  },
  config,
};
const deleteProviderKey = {
  schema: {
    operationId: 'deleteProviderKey',
    summary: "Remove a provider key; the service's own is used again, where there is one",
    tags,
    params: ProviderKeyParams,
    response: { 204: z.void() },
  },
  config,
};
const verifyProviderKey = {
  schema: {
    operationId: 'verifyProviderKey',
    summary: 'Ask the provider whether it takes the key; nothing is charged',
    tags,
    params: ProviderKeyParams,
    response: { 200: ProviderKeyVerificationResponse },
  },
  config,
};

export function registerProviderKeyRoutes(
  app: App,
  { providerKeys }: { providerKeys: ProviderKeyService },
): void {
  app.post('/provider-keys', createProviderKey, async (request, reply) => {
    const { provider, key, base_url: baseUrl = null } = request.body;
    const created = await providerKeys.create(request.actor, { provider, key, baseUrl });
    return reply.code(201).send(presentProviderKey(created));
  });

  app.get('/provider-keys', listProviderKeys, async (request) => {
    const { provider } = request.query;
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query), provider };
    return presentPage(await providerKeys.list(request.actor, listing), presentProviderKey);
  });

  app.get('/provider-keys/:id', readProviderKey, async (request) =>
    presentProviderKey(await providerKeys.get(request.actor, request.params)),
  );

  app.patch('/provider-keys/:id', updateProviderKey, async (request) => {
    const { key, base_url: baseUrl } = request.body;
    const input = { ...request.params, key, baseUrl };
    return presentProviderKey(await providerKeys.replace(request.actor, input));
  });

  app.delete('/provider-keys/:id', deleteProviderKey, async (request, reply) => {
    await providerKeys.remove(request.actor, request.params);
    return reply.code(204).send();
  });

  app.post('/provider-keys/:id/verify', verifyProviderKey, async (request, reply) => {
    const signal = callerSignal(reply);
    return presentVerification(await providerKeys.verify(request.actor, request.params, signal));
  });
}
