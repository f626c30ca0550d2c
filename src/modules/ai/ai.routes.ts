import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  AiStatusResponse,
  ModelFilter,
  ModelListResponse,
  ModelParams,
  ModelResponse,
  presentAiStatus,
  presentModel,
  type PriceCurrency,
} from './ai.schemas.ts';
import type { AiService } from './ai.service.ts';

const tags = ['ai'];
const config = { access: 'user' } as const;

const readAiStatus = {
  schema: {
    operationId: 'getAiStatus',
    summary: 'Read which model answers, which providers are set up, and how passages are found',
    tags,
    response: { 200: AiStatusResponse },
  },
  config,
};
const listModels = {
  schema: {
    operationId: 'listModels',
    summary: 'List the models that there are for the active team',
    tags,
    querystring: ModelFilter,
    response: { 200: ModelListResponse },
  },
  config,
};
const readModel = {
  schema: {
    operationId: 'getModel',
    summary: 'Read what a model can do and what it costs',
    tags,
    params: ModelParams,
    response: { 200: ModelResponse },
  },
  config,
};

export function registerAiRoutes(
  app: App,
  { ai, currency }: { ai: AiService; currency: PriceCurrency },
): void {
  app.get('/ai/status', readAiStatus, async (request) =>
    presentAiStatus(await ai.getStatus(request.actor.teamId), currency),
  );

  app.get('/ai/models', listModels, async (request) => {
    const { provider, is_available: isAvailable } = request.query;
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    const models = await ai.listModels(request.actor.teamId, { ...listing, provider, isAvailable });
    return presentPage(models, (model) => presentModel(model, currency));
  });

  app.get('/ai/models/:name', readModel, async (request) =>
    presentModel(await ai.getModel(request.actor.teamId, request.params), currency),
  );
}
