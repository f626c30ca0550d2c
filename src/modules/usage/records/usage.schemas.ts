import { z } from 'zod';
import { text, timestamp, uuid } from '#platform/http/schema-parts';
import type { ApiKeyId, ProjectId, TeamId, UserId } from '#shared/ids';
import type { GroupedUsage, UsageSums } from './usage.repository.ts';
import type { UsageQuery, UsageReport } from './usage.service.ts';

const MICROS = 1_000_000;
const MAX_NAME_LENGTH = 255;

const group = z.enum(['model', 'user', 'project', 'api_key', 'day']);

export const UsageFilter = z.object({
  from: timestamp.optional().describe('Used at this time or later; 30 days before `to` without it'),
  to: timestamp.optional().describe('Used before this time; now without it'),
  user_id: uuid<UserId>().optional(),
  project_id: uuid<ProjectId>().optional(),
  api_key_id: uuid<ApiKeyId>().optional(),
  model: text(MAX_NAME_LENGTH).optional(),
  provider: text(MAX_NAME_LENGTH).optional(),
  team_id: uuid<TeamId>().optional().describe('For administrators; without it the active team'),
});

export const UsageSummaryFilter = UsageFilter.extend({
  group_by: group.default('model').describe('What the sums are of'),
});

const sums = {
  calls: z.int().describe('Calls of models'),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cached_tokens: z.int().describe('Of the prompt tokens'),
  reasoning_tokens: z.int().describe('Of the completion tokens'),
  tokens: z.int(),
  cost: z.number().describe('In `currency`'),
  estimated_calls: z.int().describe('Calls whose figures are estimated'),
};

const span = { from: timestamp, to: timestamp, currency: z.string() };

export const UsageSeriesResponse = z
  .object({
    ...span,
    items: z.array(z.object({ date: z.iso.date(), ...sums })).describe('Days with use, in UTC'),
  })
  .meta({ id: 'UsageSeriesResponse' });

export const UsageSummaryResponse = z
  .object({
    ...span,
    group_by: group,
    total: z.object(sums),
    items: z
      .array(
        z.object({
          key: z.string().nullable().describe('A model, an id or a day; null where none is known'),
          provider: z.string().nullable().describe('Of a model'),
          ...sums,
        }),
      )
      .describe('The dearest first; days in their order'),
  })
  .meta({ id: 'UsageSummaryResponse' });

export function readUsageQuery(query: z.output<typeof UsageFilter>): UsageQuery {
  return {
    from: query.from,
    to: query.to,
    userId: query.user_id,
    projectId: query.project_id,
    apiKeyId: query.api_key_id,
    model: query.model,
    provider: query.provider,
    teamId: query.team_id,
  };
}

export function presentSeries(
  { items, from, to }: UsageReport,
  currency: string,
): z.input<typeof UsageSeriesResponse> {
  const days = items.flatMap((item) =>
    item.key === null ? [] : [{ date: item.key, ...presentSums(item) }],
  );
  return { from, to, currency, items: days };
}

export function presentSummary(
  { items, from, to }: UsageReport,
  { currency, groupBy }: { currency: string; groupBy: z.output<typeof group> },
): z.input<typeof UsageSummaryResponse> {
  return {
    from,
    to,
    currency,
    group_by: groupBy,
    total: presentSums(totalOf(items)),
    items: items.map((item) => ({
      key: item.key,
      provider: item.provider,
      ...presentSums(item),
    })),
  };
}

function presentSums(usage: UsageSums) {
  return {
    calls: usage.calls,
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    cached_tokens: usage.cachedTokens,
    reasoning_tokens: usage.reasoningTokens,
    tokens: usage.promptTokens + usage.completionTokens,
    cost: usage.costMicros / MICROS,
    estimated_calls: usage.estimatedCalls,
  };
}

function totalOf(items: readonly GroupedUsage[]): UsageSums {
  const sum = (read: (item: GroupedUsage) => number) =>
    items.reduce((total, item) => total + read(item), 0);
  return {
    calls: sum((item) => item.calls),
    promptTokens: sum((item) => item.promptTokens),
    completionTokens: sum((item) => item.completionTokens),
    cachedTokens: sum((item) => item.cachedTokens),
    reasoningTokens: sum((item) => item.reasoningTokens),
    costMicros: sum((item) => item.costMicros),
    estimatedCalls: sum((item) => item.estimatedCalls),
  };
}
