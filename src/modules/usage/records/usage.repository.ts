import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ApiKeyId, ProjectId, TeamId, UserId } from '#shared/ids';

export type UsageGroup = 'day' | 'model' | 'user' | 'project' | 'api_key';

/** Each member that is there narrows what is summed. */
export type UsageFilter = {
  readonly teamId: TeamId;
  readonly from: string;
  readonly to: string;
  readonly currency: string;
  readonly userId?: UserId | undefined;
  readonly projectId?: ProjectId | undefined;
  readonly apiKeyId?: ApiKeyId | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
};

export type UsageSums = {
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly costMicros: number;
  /** Calls whose figures are ours, since the provider sent none. */
  readonly estimatedCalls: number;
};

/** `key` is a day as in 2026-01-31, a model, or an id; null where nobody is named. */
export type GroupedUsage = UsageSums & {
  readonly key: string | null;
  /** Of a model. */
  readonly provider: string | null;
};

const KEYS = {
  day: sql<string>`to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')`,
  model: sql<string>`model`,
  user: sql<string>`user_id::text`,
  project: sql<string>`project_id::text`,
  api_key: sql<string>`api_key_id::text`,
} as const;
const NOBODY = sql<null>`null::text`;

export type UsageRepository = ReturnType<typeof createUsageRepository>;

export function createUsageRepository(queries: Queries) {
  return {
    /** Sums of model calls; days in their order, everything else from the dearest on. */
    async sum(
      filter: UsageFilter,
      by: UsageGroup,
      limit: number,
    ): Promise<readonly GroupedUsage[]> {
      const { userId, projectId, apiKeyId, model, provider } = filter;
      const providerKey = by === 'model' ? sql<string | null>`provider` : NOBODY;
      const { rows } = await sql<GroupedUsage>`
        select ${KEYS[by]} as key, ${providerKey} as provider, count(*)::bigint as calls,
          sum(prompt_tokens)::bigint as "promptTokens", sum(completion_tokens)::bigint as "completionTokens",
          sum(cached_tokens)::bigint as "cachedTokens", sum(reasoning_tokens)::bigint as "reasoningTokens",
          sum(case when currency = ${filter.currency} then cost_micros else 0 end)::bigint as "costMicros",
          count(*) filter (where usage_estimated)::bigint as "estimatedCalls"
        from usage_records
        where metric = 'ai_tokens' and team_id = ${filter.teamId}
          and created_at >= ${filter.from}::timestamptz and created_at < ${filter.to}::timestamptz
          and (${userId ?? null}::uuid is null or user_id = ${userId ?? null}::uuid)
          and (${projectId ?? null}::uuid is null or project_id = ${projectId ?? null}::uuid)
          and (${apiKeyId ?? null}::uuid is null or api_key_id = ${apiKeyId ?? null}::uuid)
          and (${model ?? null}::text is null or model = ${model ?? null}::text)
          and (${provider ?? null}::text is null or provider = ${provider ?? null}::text)
        group by 1, 2
        order by ${by === 'day' ? sql`1` : sql`8 desc, 1`}
        limit ${limit}`.execute(queries);
      return rows;
    },
  };
}
