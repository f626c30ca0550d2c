import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage } from '#platform/http/schema-parts';
import {
  MemoryCreate,
  MemoryFilter,
  MemoryListResponse,
  MemoryParams,
  MemoryResponse,
  MemorySettingsResponse,
  MemorySettingsUpdate,
  presentMemory,
} from './memories.schemas.ts';
import type { MemoryService } from './memories.service.ts';

const tags = ['memories'];
const config = { access: 'user', signIn: 'person' } as const;

const readSettings = {
  schema: {
    operationId: 'getMemorySettings',
    summary: 'Read whether you are remembered in the active team',
    tags,
    response: { 200: MemorySettingsResponse },
  },
  config,
};
const updateSettings = {
  schema: {
    operationId: 'updateMemorySettings',
    summary: 'Be remembered in the active team, or not any more',
    description:
      'What you write from then on is read by the team’s usual model for what you say of yourself, which the team pays ' +
      'for, and what it notes is given to models in your later sessions.',
    tags,
    body: MemorySettingsUpdate,
    response: { 200: MemorySettingsResponse },
  },
  config,
};
const listMemories = {
  schema: {
    operationId: 'listMemories',
    summary: 'List what is remembered of you in the active team, youngest first',
    tags,
    querystring: MemoryFilter,
    response: { 200: MemoryListResponse },
  },
  config,
};
const createMemory = {
  schema: {
    operationId: 'createMemory',
    summary: 'Have something remembered',
    tags,
    body: MemoryCreate,
    response: { 201: MemoryResponse },
  },
  config,
};
const deleteMemory = {
  schema: {
    operationId: 'deleteMemory',
    summary: 'Have something forgotten',
    tags,
    params: MemoryParams,
    response: { 204: z.void() },
  },
  config,
};
const deleteMemories = {
  schema: {
    operationId: 'deleteMemories',
    summary: 'Have everything forgotten that is remembered of you in the active team',
    tags,
    response: { 204: z.void() },
  },
  config,
};

export function registerMemoryRoutes(app: App, { memories }: { memories: MemoryService }): void {
  app.get('/memories/settings', readSettings, async (request) => ({
    enabled: await memories.isEnabled(request.actor),
  }));

  app.patch('/memories/settings', updateSettings, async (request) => ({
    enabled: await memories.setEnabled(request.actor, request.body.enabled),
  }));

  app.get('/memories', listMemories, async (request) =>
    presentPage(await memories.list(request.actor, pageRequest(request.query)), presentMemory),
  );

  app.post('/memories', createMemory, async (request, reply) => {
    const memory = await memories.add(request.actor, request.body.content);
    return reply.code(201).send(presentMemory(memory));
  });

  app.delete('/memories/:id', deleteMemory, async (request, reply) => {
    await memories.remove(request.actor, request.params.id);
    return reply.code(204).send();
  });

  app.delete('/memories', deleteMemories, async (request, reply) => {
    await memories.removeAll(request.actor);
    return reply.code(204).send();
  });
}
