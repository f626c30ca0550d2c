import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  CatalogueModelCreate,
  CatalogueModelFilter,
  CatalogueModelListResponse,
  CatalogueModelParams,
  CatalogueModelResponse,
  CatalogueModelUpdate,
  changesOf,
  modelOf,
  presentCatalogueModel,
} from './models.schemas.ts';
import type { ModelService } from './models.service.ts';

const tags = ['admin'];
const config = { access: 'admin' } as const;
const params = CatalogueModelParams;

const createModel = {
  schema: {
    operationId: 'createCatalogueModel',
    summary: 'Add a model to the catalogue, for everybody or for one team',
    tags,
    body: CatalogueModelCreate,
    response: { 201: CatalogueModelResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listModels = {
  schema: {
    operationId: 'listCatalogueModels',
    summary: 'List the models of the catalogue, those that nobody can use as well',
    tags,
    querystring: CatalogueModelFilter,
    response: { 200: CatalogueModelListResponse },
  },
  config,
};
const readModel = {
  schema: {
    operationId: 'getCatalogueModel',
    summary: 'Read a model of the catalogue',
    tags,
    params,
    response: { 200: CatalogueModelResponse },
  },
  config,
};
const updateModel = {
  schema: {
    operationId: 'updateCatalogueModel',
    summary: 'Change a model of the catalogue; it holds within 5 seconds everywhere',
    tags,
    params,
    body: CatalogueModelUpdate,
    response: { 200: CatalogueModelResponse },
  },
  config,
};
const deleteModel = {
  schema: {
    operationId: 'deleteCatalogueModel',
    summary: 'Take a model out of the catalogue; a built-in one is again as it was built in',
    tags,
    params,
    response: { 204: z.void() },
  },
  config,
};

export function registerModelRoutes(app: App, { models }: { models: ModelService }): void {
  app.post('/admin/models', createModel, async (request, reply) => {
    const created = await models.create(request.actor, modelOf(request.body));
    return reply.code(201).send(presentCatalogueModel(created));
  });

  app.get('/admin/models', listModels, async (request) => {
    const { team_id: teamId, provider } = request.query;
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    const page = await models.list(request.actor, { ...listing, teamId, provider });
    return presentPage(page, presentCatalogueModel);
  });

  app.get('/admin/models/:id', readModel, async (request) =>
    presentCatalogueModel(await models.get(request.actor, request.params)),
  );

  app.patch('/admin/models/:id', updateModel, async (request) => {
    const input = { ...request.params, ...changesOf(request.body) };
    return presentCatalogueModel(await models.update(request.actor, input));
  });

  app.delete('/admin/models/:id', deleteModel, async (request, reply) => {
    await models.remove(request.actor, request.params);
    return reply.code(204).send();
  });
}
