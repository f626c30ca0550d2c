import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import { z } from 'zod';
import {
  presentProject,
  ProjectCreate,
  ProjectFilter,
  ProjectListResponse,
  ProjectParams,
  ProjectResponse,
  ProjectUpdate,
  readSettings,
} from './projects.schemas.ts';
import type { ProjectService } from './projects.service.ts';

const tags = ['projects'];
const config = { access: 'user' } as const;

const createProject = {
  schema: {
    operationId: 'createProject',
    summary: 'Create a project',
    tags,
    body: ProjectCreate,
    response: { 201: ProjectResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listProjects = {
  schema: {
    operationId: 'listProjects',
    summary: 'List the projects of the active team',
    tags,
    querystring: ProjectFilter,
    response: { 200: ProjectListResponse },
  },
  config,
};
const readProject = {
  schema: {
    operationId: 'getProject',
    summary: 'Read a project',
    tags,
    params: ProjectParams,
    response: { 200: ProjectResponse },
  },
  config,
};
const updateProject = {
  schema: {
    operationId: 'updateProject',
    summary: 'Change a project in part',
    tags,
    params: ProjectParams,
    body: ProjectUpdate,
    response: { 200: ProjectResponse },
  },
  config,
};
const deleteProject = {
  schema: {
    operationId: 'deleteProject',
    summary: 'Move a project to the trash',
    tags,
    params: ProjectParams,
    response: { 204: z.void() },
  },
  config,
};
const restoreProject = {
  schema: {
    operationId: 'restoreProject',
    summary: 'Take a project out of the trash',
    tags,
    params: ProjectParams,
    response: { 200: ProjectResponse },
  },
  config,
};

export function registerProjectRoutes(app: App, { projects }: { projects: ProjectService }): void {
  app.post('/projects', createProject, async (request, reply) => {
    const { name, description = null } = request.body;
    const project = await projects.create(request.actor, { name, description });
    return reply.code(201).send(presentProject(project));
  });

  app.get('/projects', listProjects, async (request) => {
    const listing = {
      ...pageRequest(request.query),
      sort: sortOf(request.query),
      isDeleted: request.query.deleted,
    };
    return presentPage(await projects.list(request.actor, listing), presentProject);
  });

  app.get('/projects/:id', readProject, async (request) =>
    presentProject(await projects.get(request.actor, request.params)),
  );

  app.patch('/projects/:id', updateProject, async (request) => {
    const { settings, ...changes } = request.body;
    const read = settings && readSettings(settings);
    const input = { ...request.params, ...changes, settings: read };
    return presentProject(await projects.update(request.actor, input));
  });

  app.delete('/projects/:id', deleteProject, async (request, reply) => {
    await projects.remove(request.actor, request.params);
    return reply.code(204).send();
  });

  app.post('/projects/:id/restore', restoreProject, async (request) =>
    presentProject(await projects.restore(request.actor, request.params)),
  );
}
