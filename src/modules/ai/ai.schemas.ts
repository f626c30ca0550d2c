import { z } from 'zod';
import { listQuery, pageOf } from '#platform/http/schema-parts';
import type { AiStatus, ModelListing } from './ai.service.ts';
import { toCurrency } from './metering/price-usage.ts';

/** The currency that costs are shown in. */
export type PriceCurrency = { readonly currency: string; readonly currencyPerUsd: number };

const MICROS_PER_UNIT = 1_000_000;

export const ModelFilter = listQuery({ sort: ['name'], default: 'name' });

export const ModelResponse = z
  .object({
    name: z.string().describe('What to give as `model`'),
    provider: z.string().describe('`builtin`, or the protocol that the model is spoken to in'),
    description: z.string(),
    is_default: z.boolean().describe('Answers where no model is named'),
    price: z.object({
      currency: z.string(),
      prompt_per_million_tokens: z.number(),
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
    hints: z
      .array(z.object({ setting: z.string(), gain: z.string() }))
      .describe('Settings that would add something'),
  })
  .meta({ id: 'AiStatusResponse' });

export function presentModel(
  { name, provider, description, isDefault, price }: ModelListing,
  { currency, currencyPerUsd }: PriceCurrency,
): z.input<typeof ModelResponse> {
  const inUnits = (usdMicros: number) => toCurrency(usdMicros, currencyPerUsd) / MICROS_PER_UNIT;
  return {
    name,
    provider,
    description,
    is_default: isDefault,
    price: {
      currency,
      prompt_per_million_tokens: inUnits(price.promptMicrosPerMillion),
      completion_per_million_tokens: inUnits(price.completionMicrosPerMillion),
    },
  };
}

export function presentAiStatus(
  { model, embeddings, hints }: AiStatus,
  currency: PriceCurrency,
): z.input<typeof AiStatusResponse> {
  return { model: presentModel(model, currency), embeddings, hints: [...hints] };
}
