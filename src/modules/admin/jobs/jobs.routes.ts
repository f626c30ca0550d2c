import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage } from '#platform/http/schema-parts';
import {
  JobFilter,
  JobListResponse,
  JobParams,
  JobQueueListResponse,
  JobResponse,
  presentJob,
  presentQueues,
} from './jobs.schemas.ts';
import type { JobService } from './jobs.service.ts';

const tags = ['admin'];
const config = { access: 'admin' } as const;
const params = JobParams;

const listQueues = {
  schema: {
    operationId: 'listJobQueues',
    summary: 'List the queues with the number of their jobs in each state',
    tags,
    response: { 200: JobQueueListResponse },
  },
  config,
};
const listJobs = {
  schema: {
    operationId: 'listJobs',
    summary: 'List background jobs, youngest first',
    tags,
    querystring: JobFilter,
    response: { 200: JobListResponse },
  },
  config,
};
const readJob = {
  schema: {
    operationId: 'getJob',
    summary: 'Read a background job',
    tags,
    params,
    response: { 200: JobResponse },
  },
  config,
};
const retryJob = {
  schema: {
    operationId: 'retryJob',
    summary: 'Let a failed or cancelled job run again; a dead letter goes back to its queue',
    tags,
    params,
    response: { 204: z.void() },
  },
  config,
};
const cancelJob = {
  schema: {
    operationId: 'cancelJob',
    summary: 'Keep a job from running; one that runs is not tried again',
    tags,
    params,
    response: { 204: z.void() },
  },
  config,
};

export function registerJobRoutes(app: App, { jobs }: { jobs: JobService }): void {
  app.get('/admin/jobs/queues', listQueues, async (request) =>
    presentQueues(await jobs.listQueues(request.actor)),
  );

  app.get('/admin/jobs', listJobs, async (request) => {
    const { queue, state } = request.query;
    const listing = { ...pageRequest(request.query), queue, state };
    return presentPage(await jobs.list(request.actor, listing), presentJob);
  });

  app.get('/admin/jobs/:id', readJob, async (request) =>
    presentJob(await jobs.get(request.actor, request.params)),
  );

  app.post('/admin/jobs/:id/retry', retryJob, async (request, reply) => {
    await jobs.retry(request.actor, request.params);
    return reply.code(204).send();
  });

  app.post('/admin/jobs/:id/cancel', cancelJob, async (request, reply) => {
    await jobs.cancel(request.actor, request.params);
    return reply.code(204).send();
  });
}
