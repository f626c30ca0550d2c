import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  AiStatusResponse,
  ModelFilter,
  ModelListResponse,
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
    summary: 'Read which model answers and how passages are found',
    tags,
    response: { 200: AiStatusResponse },
  },
  config,
};
const listModels = {
  schema: {
    operationId: 'listModels',
    summary: 'List the models that can answer',
    tags,
    querystring: ModelFilter,
    response: { 200: ModelListResponse },
  },
  config,
};

export function registerAiRoutes(
  app: App,
  { ai, currency }: { ai: AiService; currency: PriceCurrency },
): void {
  app.get('/ai/status', readAiStatus, async () => presentAiStatus(ai.getStatus(), currency));

  app.get('/ai/models', listModels, async (request) => {
    const models = ai.listModels({ ...pageRequest(request.query), sort: sortOf(request.query) });
    return presentPage(models, (model) => presentModel(model, currency));
  });
}
