import { z } from 'zod';
import { COMPLEXITIES } from '../catalogue/catalogue-model.ts';
import type { ChatRequest } from '../chat-model.ts';
import { GatewayChatRequest, readChatRequest } from '../gateway/gateway.schemas.ts';
import { toCurrency } from '../metering/price-usage.ts';
import { ABILITIES } from '../providers/abilities.ts';
import type { RouteDecision } from './decide-route.ts';

const MICROS_PER_UNIT = 1_000_000;

const estimatedCost = z
  .number()
  .describe('A decimal in `currency`, for the prompt and an answer of usual length');

const { project_id: _projectId, ...asked } = GatewayChatRequest.shape;

export const RouteRequest = z
  .strictObject({
    ...asked,
    model: asked.model.describe('Counts for nothing: it is `auto` that is asked about'),
  })
  .meta({ id: 'RouteRequest' });

export const RouteResponse = z
  .object({
    model: z.string(),
    provider: z.string(),
    complexity: z.enum(COMPLEXITIES),
    reasons: z.array(z.string()).describe('What made the request that complex'),
    abilities: z.array(z.enum(ABILITIES)).describe('What a model must be able to do for it'),
    currency: z.string(),
    estimated_cost: estimatedCost,
    candidates: z.array(
      z.object({
        model: z.string(),
        provider: z.string(),
        complexity: z.enum(COMPLEXITIES),
        position: z.int().nullable().describe('When it is asked, from 1; null: it is not'),
        why_not: z.array(z.string()).describe('Why it could not be asked; empty where it could'),
        estimated_cost: estimatedCost,
        first_token_ms: z
          .int()
          .nullable()
          .describe('How long it took of late to begin; null where this process has not seen it'),
      }),
    ),
  })
  .meta({ id: 'RouteResponse' });

export function readRouteRequest(body: z.output<typeof RouteRequest>): ChatRequest {
  return readChatRequest(body).request;
}

export function presentRoute(
  { complexity, reasons, abilities, chain, candidates }: RouteDecision,
  { currency, currencyPerUsd }: { readonly currency: string; readonly currencyPerUsd: number },
): z.input<typeof RouteResponse> {
  const inUnits = (usdMicros: number) => toCurrency(usdMicros, currencyPerUsd) / MICROS_PER_UNIT;
  const [chosen] = chain;
  const views = candidates.map(({ model, whyNot, estimatedMicros, firstTokenMs }) => ({
    model: model.name,
    provider: model.provider,
    complexity: model.complexity,
    position: chain.includes(model) ? chain.indexOf(model) + 1 : null,
    why_not: [...whyNot],
    estimated_cost: inUnits(estimatedMicros),
    first_token_ms: firstTokenMs === undefined ? null : Math.round(firstTokenMs),
  }));
  return {
    model: chosen.name,
    provider: chosen.provider,
    complexity,
    reasons: [...reasons],
    abilities: [...abilities],
    currency,
    estimated_cost: views.find(({ position }) => position === 1)?.estimated_cost ?? 0,
    candidates: views,
  };
}
