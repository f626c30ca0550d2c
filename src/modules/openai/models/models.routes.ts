import type { App } from '#platform/http/app';
import { OpenAiErrorResponse } from '../errors/errors.schemas.ts';
import {
  OpenAiModelListResponse,
  OpenAiModelParams,
  OpenAiModelResponse,
  presentModel,
} from './models.schemas.ts';
import type { ModelService } from './models.service.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const listModels = {
  schema: {
    operationId: 'listOpenAiModels',
    summary: 'List the models that the team can use, its projects among them',
    tags,
    response: { 200: OpenAiModelListResponse, default: OpenAiErrorResponse },
  },
  config,
};
const readModel = {
  schema: {
    operationId: 'getOpenAiModel',
    summary: 'Read a model',
    tags,
    params: OpenAiModelParams,
    response: { 200: OpenAiModelResponse, default: OpenAiErrorResponse },
  },
  config,
};

export function registerModelRoutes(app: App, { models }: { models: ModelService }): void {
  app.get('/models', listModels, async (request) => {
    const data = await models.list(request.actor);
    return { object: 'list' as const, data: data.map(presentModel) };
  });

  app.get('/models/:model', readModel, async (request) =>
    presentModel(await models.get(request.actor, { id: request.params.model })),
  );
}
