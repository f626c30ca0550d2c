import { z } from 'zod';
import { listQuery, numeric, pageOf, timestamp, uuid } from '#platform/http/schema-parts';
import type { ApiKeyId, ProjectId, SpendLimitId, TeamId, UserId } from '#shared/ids';
import type { LimitUnit, SpendLimitRecord } from './spend-limits.repository.ts';
import type { CreateSpendLimitInput } from './spend-limits.service.ts';

const MICROS = 1_000_000;
const MAX_AMOUNT = 1_000_000_000;

const scope = z.enum(['team', 'user', 'project', 'api_key', 'run']);
const window = z.enum(['day', 'month', 'total']);
const unit = z.enum(['cost', 'tokens']);
const amount = numeric()
  .min(0)
  .max(MAX_AMOUNT)
  .describe('A decimal in the currency of the service, or tokens');
const teamId = uuid<TeamId>().describe('For administrators; without it the active team');

export const SpendLimitParams = z.object({ id: uuid<SpendLimitId>() });

export const SpendLimitCreate = z
  .strictObject({
    scope: scope.describe('What is limited; each run is limited by itself'),
    user_id: uuid<UserId>().nullish().describe('For scope user; without it each member by itself'),
    project_id: uuid<ProjectId>().nullish().describe('For scope project; without it each project'),
    api_key_id: uuid<ApiKeyId>().nullish().describe('For scope api_key; without it each key'),
    window: window.describe('Days and months are those of UTC'),
    unit,
    amount,
    team_id: teamId.nullish(),
  })
  .meta({ id: 'SpendLimitCreate' });

export const SpendLimitUpdate = z.strictObject({ amount }).meta({ id: 'SpendLimitUpdate' });

export const SpendLimitFilter = listQuery({
  sort: ['created_at'],
  default: '-created_at',
}).extend({ scope: scope.optional(), team_id: teamId.optional() });

export const SpendLimitResponse = z
  .object({
    id: uuid<SpendLimitId>(),
    team_id: uuid<TeamId>(),
    scope,
    user_id: uuid<UserId>().nullable(),
    project_id: uuid<ProjectId>().nullable(),
    api_key_id: uuid<ApiKeyId>().nullable(),
    window,
    unit,
    amount: z.number(),
    currency: z.string().nullable().describe('Null for tokens'),
    used: z.number().nullable().describe('In this window; null where many are limited each'),
    reserved: z.number().nullable().describe('Held by calls that are running'),
    resets_at: timestamp.nullable().describe('Null for a limit in total'),
    is_budget: z.boolean().describe('A budget that an administrator set for the user'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'SpendLimitResponse' });

export const SpendLimitListResponse = pageOf(SpendLimitResponse).meta({
  id: 'SpendLimitListResponse',
});

export function readSpendLimitCreate(
  body: z.output<typeof SpendLimitCreate>,
): CreateSpendLimitInput {
  return {
    scope: body.scope,
    userId: body.user_id ?? null,
    projectId: body.project_id ?? null,
    apiKeyId: body.api_key_id ?? null,
    window: body.window,
    unit: body.unit,
    amount: fromWire(body.amount, body.unit),
    teamId: body.team_id ?? undefined,
  };
}

/** An amount as it is kept: millionths of the currency, or tokens. */
export function fromWire(told: number, ofUnit: LimitUnit): number {
  return ofUnit === 'cost' ? Math.round(told * MICROS) : told;
}

export function presentSpendLimit(
  limit: SpendLimitRecord,
  currency: string,
): z.input<typeof SpendLimitResponse> {
  const isCost = limit.unit === 'cost';
  const told = (kept: number) => (isCost ? kept / MICROS : kept);
  return {
    id: limit.id,
    team_id: limit.teamId,
    scope: limit.scope,
    user_id: limit.userId,
    project_id: limit.projectId,
    api_key_id: limit.apiKeyId,
    window: limit.window,
    unit: limit.unit,
    amount: told(limit.amount),
    currency: isCost ? currency : null,
    used: limit.used === null ? null : told(limit.used),
    reserved: limit.reserved === null ? null : told(limit.reserved),
    resets_at: limit.resetsAt,
    is_budget: limit.isBudget,
    created_at: limit.createdAt,
    updated_at: limit.updatedAt,
  };
}
