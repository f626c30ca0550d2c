import { z } from 'zod';
import { listQuery, pageOf, text } from '#platform/http/schema-parts';
import type { AiStatus, ModelListing } from './ai.service.ts';
import { COMPLEXITIES, MODEL_SOURCES } from './catalogue/catalogue-model.ts';
import { toCurrency } from './metering/price-usage.ts';
import { ABILITIES } from './providers/abilities.ts';
import { PROVIDER_NAMES } from './providers/model-provider.ts';

/** The currency that costs are shown in. */
export type PriceCurrency = { readonly currency: string; readonly currencyPerUsd: number };

const MICROS_PER_UNIT = 1_000_000;
const MAX_NAME_LENGTH = 255;

export const ModelFilter = listQuery({ sort: ['name'], default: 'name' }).extend({
  provider: z.enum(PROVIDER_NAMES).optional(),
  is_available: z
    .stringbool()
    .optional()
    .describe('Only those that can be used now, or only the others'),
});

export const ModelParams = z.object({
  name: text(MAX_NAME_LENGTH)
    .min(1)
    .describe('With or without its provider, such as `openai%2Fgpt-4o-mini`'),
});

export const ModelResponse = z
  .object({
    name: z.string().describe('What to give as `model`'),
    provider: z.string().describe('`builtin`, or who answers'),
    description: z.string(),
    is_default: z.boolean().describe('Answers where no model is named'),
    is_available: z.boolean().describe('False where its provider is not set up'),
    source: z.enum(MODEL_SOURCES),
    base: z.string().nullable().describe('What it was tuned from'),
    context_tokens: z.int(),
    complexity: z.enum(COMPLEXITIES).describe('The hardest requests that it is good at'),
    abilities: z.array(z.enum(ABILITIES)),
    price: z.object({
      currency: z.string(),
      prompt_per_million_tokens: z.number(),
      cached_prompt_per_million_tokens: z.number().describe('Of tokens in the provider’s cache'),
      completion_per_million_tokens: z.number(),
    }),
  })
  .meta({ id: 'ModelResponse' });

export const ModelListResponse = pageOf(ModelResponse).meta({ id: 'ModelListResponse' });

export const AiStatusResponse = z
  .object({
    model: ModelResponse,
    embeddings: z
      .object({ model: z.string(), provider: z.string(), dimensions: z.int() })
      .nullable()
      .describe('Null where search is by words alone'),
    providers: z.array(
      z.object({
        name: z.string(),
        is_configured: z.boolean(),
        has_own_key: z.boolean().describe('Whether the team brought its key'),
        failing_models: z
          .array(z.string())
          .describe('Models that calls are kept away from until they answer again'),
      }),
    ),
    hints: z
      .array(z.object({ setting: z.string(), gain: z.string() }))
      .describe('Settings that would add something'),
  })
  .meta({ id: 'AiStatusResponse' });

export function presentModel(
  model: ModelListing,
  { currency, currencyPerUsd }: PriceCurrency,
): z.input<typeof ModelResponse> {
  const { price } = model;
  const inUnits = (usdMicros: number) => toCurrency(usdMicros, currencyPerUsd) / MICROS_PER_UNIT;
  return {
    name: model.name,
    provider: model.provider,
    description: model.description,
    is_default: model.isDefault,
    is_available: model.isAvailable,
    source: model.source,
    base: model.base,
    context_tokens: model.contextTokens,
    complexity: model.complexity,
    abilities: [...model.abilities],
    price: {
      currency,
      prompt_per_million_tokens: inUnits(price.promptMicrosPerMillion),
      cached_prompt_per_million_tokens: inUnits(price.cachedMicrosPerMillion),
      completion_per_million_tokens: inUnits(price.completionMicrosPerMillion),
    },
  };
}

export function presentAiStatus(
  { model, embeddings, providers, hints }: AiStatus,
  currency: PriceCurrency,
): z.input<typeof AiStatusResponse> {
  return {
    model: presentModel(model, currency),
    embeddings,
    providers: providers.map(({ name, isConfigured, hasOwnKey, failingModels }) => ({
      name,
      is_configured: isConfigured,
      has_own_key: hasOwnKey,
      failing_models: [...failingModels],
    })),
    hints: [...hints],
  };
}
