import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  fromWire,
  presentSpendLimit,
  readSpendLimitCreate,
  SpendLimitCreate,
  SpendLimitFilter,
  SpendLimitListResponse,
  SpendLimitParams,
  SpendLimitResponse,
  SpendLimitUpdate,
} from './spend-limits.schemas.ts';
import type { SpendLimitService } from './spend-limits.service.ts';

const tags = ['usage'];
const config = { access: 'user' } as const;

const createSpendLimit = {
  schema: {
    operationId: 'createSpendLimit',
    summary: 'Limit what a team, a member, a project, a key or each run may spend',
    tags,
    body: SpendLimitCreate,
    response: { 201: SpendLimitResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listSpendLimits = {
  schema: {
    operationId: 'listSpendLimits',
    summary: 'List the spend limits of the active team, with their use',
    tags,
    querystring: SpendLimitFilter,
    response: { 200: SpendLimitListResponse },
  },
  config,
};
const readSpendLimit = {
  schema: {
    operationId: 'getSpendLimit',
    summary: 'Read a spend limit and its use',
    tags,
    params: SpendLimitParams,
    response: { 200: SpendLimitResponse },
  },
  config,
};
const updateSpendLimit = {
  schema: {
    operationId: 'updateSpendLimit',
    summary: 'Change the amount of a spend limit',
    tags,
    params: SpendLimitParams,
    body: SpendLimitUpdate,
    response: { 200: SpendLimitResponse },
  },
  config,
};
const deleteSpendLimit = {
  schema: {
    operationId: 'deleteSpendLimit',
    summary: 'Remove a spend limit',
    tags,
    params: SpendLimitParams,
    response: { 204: z.void() },
  },
  config,
};

export function registerSpendLimitRoutes(
  app: App,
  { spendLimits, currency }: { spendLimits: SpendLimitService; currency: string },
): void {
  app.post('/spend-limits', createSpendLimit, async (request, reply) => {
    const limit = await spendLimits.create(request.actor, readSpendLimitCreate(request.body));
    return reply.code(201).send(presentSpendLimit(limit, currency));
  });

  app.get('/spend-limits', listSpendLimits, async (request) => {
    const { scope, team_id: teamId } = request.query;
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query), scope, teamId };
    const page = await spendLimits.list(request.actor, listing);
    return presentPage(page, (limit) => presentSpendLimit(limit, currency));
  });

  app.get('/spend-limits/:id', readSpendLimit, async (request) =>
    presentSpendLimit(await spendLimits.get(request.actor, request.params), currency),
  );

  app.patch('/spend-limits/:id', updateSpendLimit, async (request) => {
    const { unit } = await spendLimits.get(request.actor, request.params);
    const amount = fromWire(request.body.amount, unit);
    const limit = await spendLimits.update(request.actor, { ...request.params, amount });
    return presentSpendLimit(limit, currency);
  });

  app.delete('/spend-limits/:id', deleteSpendLimit, async (request, reply) => {
    await spendLimits.remove(request.actor, request.params);
    return reply.code(204).send();
  });
}
