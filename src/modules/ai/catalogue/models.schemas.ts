import { z } from 'zod';
import { listQuery, numeric, pageOf, text, uuid } from '#platform/http/schema-parts';
import type { ModelId, TeamId } from '#shared/ids';
import { ABILITIES } from '../providers/abilities.ts';
import { PROVIDER_NAMES } from '../providers/model-provider.ts';
import { COMPLEXITIES, MODEL_SOURCES, type CatalogueModel } from './catalogue-model.ts';
import { microsToUsd, usdToMicros } from './model-price.ts';
import type { ModelChanges } from './models.repository.ts';
import type { CreateModelInput } from './models.service.ts';

const MAX_NAME_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 1000;
const MAX_CONTEXT_TOKENS = 100_000_000;
const MAX_USD = 100_000;

const name = text(MAX_NAME_LENGTH)
  .regex(/^[^\s/](?:\S*[^\s/])?$/, 'Must hold no white space, and no "/" at either end')
  .refine((value) => value !== 'auto', '"auto" lets the service choose')
  .describe('As the provider calls it');
const usd = numeric().min(0).max(MAX_USD);
const described = {
  description: text(MAX_DESCRIPTION_LENGTH),
  enabled: z.boolean().describe('Nobody can use one that is not'),
  context_tokens: z.int().min(1).max(MAX_CONTEXT_TOKENS),
  complexity: z.enum(COMPLEXITIES).describe('The hardest requests that it is good at'),
  abilities: z.array(z.enum(ABILITIES)).max(ABILITIES.length),
  prompt_usd_per_million_tokens: usd,
  cached_prompt_usd_per_million_tokens: usd.describe('As any prompt token where it is not given'),
  completion_usd_per_million_tokens: usd,
  base: name.nullable().describe('The model whose requests go to this one, by `traffic_share`'),
  traffic_share: numeric().min(0).max(1),
};

export const CatalogueModelParams = z.object({ id: uuid<ModelId>() });

export const CatalogueModelFilter = listQuery({ sort: ['name'], default: 'name' }).extend({
  team_id: uuid<TeamId>().optional().describe('Those of a team alone; else everybody’s'),
  provider: z.enum(PROVIDER_NAMES).optional(),
});

export const CatalogueModelUpdate = z
  .strictObject(described)
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'Must change something')
  .meta({ id: 'CatalogueModelUpdate' });

export const CatalogueModelCreate = z
  .strictObject({
    ...z.object(described).partial().shape,
    provider: z.enum(PROVIDER_NAMES).exclude(['builtin']),
    name,
    team_id: uuid<TeamId>().nullish().describe('The only team that may use it; everybody without'),
    source: z.enum(MODEL_SOURCES).exclude(['built_in']).default('custom'),
  })
  .refine(({ traffic_share: share, base }) => !share || base, {
    path: ['base'],
    message: 'Is needed for a share of its traffic',
  })
  .meta({ id: 'CatalogueModelCreate' });

export const CatalogueModelResponse = z
  .object({
    id: uuid<ModelId>(),
    team_id: uuid<TeamId>().nullable(),
    provider: z.enum(PROVIDER_NAMES),
    name: z.string(),
    source: z.enum(MODEL_SOURCES),
    ...described,
    description: z.string(),
    base: z.string().nullable(),
  })
  .meta({ id: 'CatalogueModelResponse' });

export const CatalogueModelListResponse = pageOf(CatalogueModelResponse).meta({
  id: 'CatalogueModelListResponse',
});

export function presentCatalogueModel(
  model: CatalogueModel,
): z.input<typeof CatalogueModelResponse> {
  const { price } = model;
  return {
    id: model.id,
    team_id: model.teamId,
    provider: model.provider,
    name: model.name,
    source: model.source,
    description: model.description,
    enabled: model.isEnabled,
    context_tokens: model.contextTokens,
    complexity: model.complexity,
    abilities: [...model.abilities],
    prompt_usd_per_million_tokens: microsToUsd(price.promptMicrosPerMillion),
    cached_prompt_usd_per_million_tokens: microsToUsd(price.cachedMicrosPerMillion),
    completion_usd_per_million_tokens: microsToUsd(price.completionMicrosPerMillion),
    base: model.base,
    traffic_share: model.trafficShare,
  };
}

export function changesOf(body: z.output<typeof CatalogueModelUpdate>): ModelChanges {
  return {
    description: body.description,
    isEnabled: body.enabled,
    contextTokens: body.context_tokens,
    complexity: body.complexity,
    abilities: body.abilities,
    promptPriceMicros: microsOf(body.prompt_usd_per_million_tokens),
    cachedPriceMicros: microsOf(body.cached_prompt_usd_per_million_tokens),
    completionPriceMicros: microsOf(body.completion_usd_per_million_tokens),
    base: body.base,
    trafficShare: body.traffic_share,
  };
}

export function modelOf(body: z.output<typeof CatalogueModelCreate>): CreateModelInput {
  const { provider, name: modelName, team_id: teamId = null, source, ...members } = body;
  const changes = changesOf(members);
  return {
    provider,
    name: modelName,
    teamId,
    source,
    isEnabled: changes.isEnabled ?? true,
    description: changes.description ?? null,
    contextTokens: changes.contextTokens ?? null,
    complexity: changes.complexity ?? null,
    abilities: changes.abilities ?? null,
    promptPriceMicros: changes.promptPriceMicros ?? null,
    cachedPriceMicros: changes.cachedPriceMicros ?? null,
    completionPriceMicros: changes.completionPriceMicros ?? null,
    base: changes.base ?? null,
    trafficShare: changes.trafficShare ?? 0,
  };
}

function microsOf(value: number | undefined): number | undefined {
  return value === undefined ? undefined : usdToMicros(value);
}
