import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  EvaluatedFlagsResponse,
  FeatureFlagCreate,
  FeatureFlagFilter,
  FeatureFlagListResponse,
  FeatureFlagParams,
  FeatureFlagResponse,
  FeatureFlagUpdate,
  presentFeatureFlag,
  ruleOf,
} from './feature-flags.schemas.ts';
import type { FeatureFlagService } from './feature-flags.service.ts';

const tags = ['admin'];
const config = { access: 'admin' } as const;
const params = FeatureFlagParams;

const evaluateFlags = {
  schema: {
    operationId: 'getFeatureFlags',
    summary: 'Read which features are on for the caller',
    tags: ['feature-flags'],
    response: { 200: EvaluatedFlagsResponse },
  },
  config: { access: 'user' },
} as const;
const createFlag = {
  schema: {
    operationId: 'createFeatureFlag',
    summary: 'Create a feature flag',
    tags,
    body: FeatureFlagCreate,
    response: { 201: FeatureFlagResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listFlags = {
  schema: {
    operationId: 'listFeatureFlags',
    summary: 'List the feature flags with their rules',
    tags,
    querystring: FeatureFlagFilter,
    response: { 200: FeatureFlagListResponse },
  },
  config,
};
const readFlag = {
  schema: {
    operationId: 'getFeatureFlag',
    summary: 'Read a feature flag',
    tags,
    params,
    response: { 200: FeatureFlagResponse },
  },
  config,
};
const updateFlag = {
  schema: {
    operationId: 'updateFeatureFlag',
    summary: 'Change a feature flag; it holds within 5 seconds everywhere',
    tags,
    params,
    body: FeatureFlagUpdate,
    response: { 200: FeatureFlagResponse },
  },
  config,
};
const deleteFlag = {
  schema: {
    operationId: 'deleteFeatureFlag',
    summary: 'Delete a feature flag; it is off from then on',
    tags,
    params,
    response: { 204: z.void() },
  },
  config,
};

export function registerFeatureFlagRoutes(
  app: App,
  { featureFlags }: { featureFlags: FeatureFlagService },
): void {
  app.get('/feature-flags', evaluateFlags, async (request) =>
    featureFlags.evaluateAll(request.actor),
  );

  app.post('/admin/feature-flags', createFlag, async (request, reply) => {
    const { name, description = null, enabled: isEnabled, rule } = request.body;
    const input = { name, description, isEnabled, rule: ruleOf(rule) };
    return reply
      .code(201)
      .send(presentFeatureFlag(await featureFlags.create(request.actor, input)));
  });

  app.get('/admin/feature-flags', listFlags, async (request) => {
    const listing = { ...pageRequest(request.query), sort: sortOf(request.query) };
    return presentPage(await featureFlags.list(request.actor, listing), presentFeatureFlag);
  });

  app.get('/admin/feature-flags/:id', readFlag, async (request) =>
    presentFeatureFlag(await featureFlags.get(request.actor, request.params)),
  );

  app.patch('/admin/feature-flags/:id', updateFlag, async (request) => {
    const { description, enabled: isEnabled, rule } = request.body;
    const changes = { description, isEnabled, rule: rule && ruleOf(rule) };
    const input = { ...request.params, ...changes };
    return presentFeatureFlag(await featureFlags.update(request.actor, input));
  });

  app.delete('/admin/feature-flags/:id', deleteFlag, async (request, reply) => {
    await featureFlags.remove(request.actor, request.params);
    return reply.code(204).send();
  });
}
