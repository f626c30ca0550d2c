import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage } from '#platform/http/schema-parts';
import type { PromptId } from '#shared/ids';
import type { VersionsService } from '../versions/versions.service.ts';
import type { PromptContent } from './prompt-content.ts';
import {
  presentPrompt,
  PromptCreate,
  PromptFilter,
  PromptListResponse,
  PromptParams,
  PromptResponse,
  PromptsParams,
  PromptUpdate,
  PromptVersionParams,
} from './prompts.schemas.ts';

const tags = ['prompts'];
const config = { access: 'user' } as const;

const createPrompt = {
  schema: {
    operationId: 'createPrompt',
    summary: 'Keep a prompt by name, as its first version',
    tags,
    params: PromptsParams,
    body: PromptCreate,
    response: { 201: PromptResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listPrompts = {
  schema: {
    operationId: 'listPrompts',
    summary: 'List the prompts of a project, each in its newest version',
    tags,
    params: PromptsParams,
    querystring: PromptFilter,
    response: { 200: PromptListResponse },
  },
  config,
};
const readPrompt = {
  schema: {
    operationId: 'getPrompt',
    summary: 'Read the newest version of a prompt',
    tags,
    params: PromptParams,
    response: { 200: PromptResponse },
  },
  config,
};
const updatePrompt = {
  schema: {
    operationId: 'updatePrompt',
    summary: 'Make a new version of a prompt; those before stay as they are',
    tags,
    params: PromptParams,
    body: PromptUpdate,
    response: { 200: PromptResponse },
  },
  config,
};
const deletePrompt = {
  schema: {
    operationId: 'deletePrompt',
    summary: 'Delete a prompt with all its versions',
    tags,
    params: PromptParams,
    response: { 204: z.void() },
  },
  config,
};
const listPromptVersions = {
  schema: {
    operationId: 'listPromptVersions',
    summary: 'List the versions of a prompt, newest first',
    tags,
    params: PromptParams,
    querystring: PromptFilter,
    response: { 200: PromptListResponse },
  },
  config,
};
const readPromptVersion = {
  schema: {
    operationId: 'getPromptVersion',
    summary: 'Read one version of a prompt',
    tags,
    params: PromptVersionParams,
    response: { 200: PromptResponse },
  },
  config,
};

export function registerPromptRoutes(
  app: App,
  { prompts }: { prompts: VersionsService<PromptId, PromptContent> },
): void {
  app.post('/projects/:id/prompts', createPrompt, async (request, reply) => {
    const { name, text } = request.body;
    const input = { projectId: request.params.id, name, content: { text } };
    return reply.code(201).send(presentPrompt(await prompts.create(request.actor, input)));
  });

  app.get('/projects/:id/prompts', listPrompts, async (request) => {
    const listing = { projectId: request.params.id, ...pageRequest(request.query) };
    return presentPage(await prompts.list(request.actor, listing), presentPrompt);
  });

  app.get('/projects/:id/prompts/:prompt_id', readPrompt, async (request) =>
    presentPrompt(await prompts.get(request.actor, keyOf(request.params))),
  );

  app.patch('/projects/:id/prompts/:prompt_id', updatePrompt, async (request) => {
    const input = { ...keyOf(request.params), changes: request.body };
    return presentPrompt(await prompts.update(request.actor, input));
  });

  app.delete('/projects/:id/prompts/:prompt_id', deletePrompt, async (request, reply) => {
    await prompts.remove(request.actor, keyOf(request.params));
    return reply.code(204).send();
  });

  app.get('/projects/:id/prompts/:prompt_id/versions', listPromptVersions, async (request) => {
    const listing = { ...keyOf(request.params), ...pageRequest(request.query) };
    return presentPage(await prompts.listVersions(request.actor, listing), presentPrompt);
  });

  app.get(
    '/projects/:id/prompts/:prompt_id/versions/:version',
    readPromptVersion,
    async (request) => {
      const { version } = request.params;
      return presentPrompt(await prompts.get(request.actor, { ...keyOf(request.params), version }));
    },
  );
}

function keyOf({ id, prompt_id }: z.output<typeof PromptParams>) {
  return { projectId: id, id: prompt_id };
}
