import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ApiKeyId, ProjectId, SpendLimitId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

export type LimitScope = 'team' | 'user' | 'project' | 'api_key' | 'run';
export type LimitWindow = 'day' | 'month' | 'total';
export type LimitUnit = 'cost' | 'tokens';

/** Whom a limit is on; where its scope names nobody, each of them by itself. */
export type LimitSubject = {
  readonly userId: UserId | null;
  readonly projectId: ProjectId | null;
  readonly apiKeyId: ApiKeyId | null;
};

export type NewSpendLimit = LimitSubject & {
  readonly id: SpendLimitId;
  readonly teamId: TeamId;
  readonly scope: LimitScope;
  readonly window: LimitWindow;
  readonly unit: LimitUnit;
  /** Millionths of the configured currency, or tokens. */
  readonly amount: number;
};

export type SpendLimitRecord = NewSpendLimit & {
  readonly isBudget: boolean;
  /** In the window of now; null where the limit counts for each of many. */
  readonly used: number | null;
  readonly reserved: number | null;
  readonly resetsAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type SpendLimitListing = PageRequest & {
  readonly teamId: TeamId;
  readonly scope?: LimitScope | undefined;
  readonly sort: { readonly direction: 'asc' | 'desc' };
};

export type SpendLimitsRepository = ReturnType<typeof createSpendLimitsRepository>;

const WINDOW_START = sql<string>`case spend_limits."window" when 'total' then 'epoch'::timestamptz
  else date_trunc(spend_limits."window", now() at time zone 'UTC') at time zone 'UTC' end`;
const RESETS_AT = sql<
  string | null
>`case spend_limits."window" when 'total' then null else (date_trunc(spend_limits."window",
  now() at time zone 'UTC') + ('1 ' || spend_limits."window")::interval) at time zone 'UTC' end`;
const SUBJECT = sql<string>`case when spend_limits.scope = 'team' then spend_limits.team_id
  else coalesce(spend_limits.user_id, spend_limits.project_id, spend_limits.api_key_id) end`;

const COLUMNS = [
  'spend_limits.id',
  'spend_limits.team_id as teamId',
  'spend_limits.scope',
  'spend_limits.user_id as userId',
  'spend_limits.project_id as projectId',
  'spend_limits.api_key_id as apiKeyId',
  'spend_limits.window',
  'spend_limits.unit',
  'spend_limits.amount',
  'spend_limits.is_budget as isBudget',
  'spend_limits.created_at as createdAt',
  'spend_limits.updated_at as updatedAt',
] as const;

export function createSpendLimitsRepository(queries: Queries) {
  const limits = () =>
    queries
      .selectFrom('spend_limits')
      .leftJoin('spend_counters as counter', (join) =>
        join
          .onRef('counter.limit_id', '=', 'spend_limits.id')
          .on(sql<boolean>`counter.subject_id = ${SUBJECT}`)
          .on(sql<boolean>`counter.period_start = ${WINDOW_START}`),
      )
      .select([...COLUMNS, RESETS_AT.as('resetsAt')])
      .select([
        sql<number>`case when ${SUBJECT} is null then null else coalesce(counter.used, 0) end`.as(
          'used',
        ),
        sql<number>`case when ${SUBJECT} is null then null else coalesce(counter.reserved, 0) end`.as(
          'reserved',
        ),
      ]);

  return {
    /** False where the same thing is limited already. Counts at once what was used before. */
    async insert(limit: NewSpendLimit): Promise<boolean> {
      const { teamId, userId, projectId, apiKeyId } = limit;
      const rows = await queries
        .insertInto('spend_limits')
        .values({
          id: limit.id,
          team_id: teamId,
          scope: limit.scope,
          user_id: userId,
          project_id: projectId,
          api_key_id: apiKeyId,
          window: limit.window,
          unit: limit.unit,
          amount: limit.amount,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .execute();
      const subject = {
        team_id: teamId,
        user_id: userId,
        project_id: projectId,
        api_key_id: apiKeyId,
      };
      await sql`
        select ensure_spend_counter(counted)
        from applicable_spend_limits(${JSON.stringify(subject)}::jsonb, now()) as counted
        where counted.limit_id = ${limit.id}`.execute(queries);
      return rows.length > 0;
    },

    /** Whether the team has what a limit is to be on. */
    async hasSubject({ teamId, userId, projectId, apiKeyId }: NewSpendLimit): Promise<boolean> {
      const { rows } = await sql<{ readonly isThere: boolean }>`
        select (${userId}::uuid is null or exists (
            select from team_members where team_id = ${teamId} and user_id = ${userId}))
          and (${projectId}::uuid is null or exists (
            select from projects where team_id = ${teamId} and id = ${projectId} and deleted_at is null))
          and (${apiKeyId}::uuid is null or exists (
            select from api_keys where team_id = ${teamId} and id = ${apiKeyId}))
          and exists (select from teams where id = ${teamId}) as "isThere"`.execute(queries);
      return rows[0]?.isThere === true;
    },

    async find(id: SpendLimitId): Promise<SpendLimitRecord | undefined> {
      return limits()
        .where('spend_limits.id', '=', id)
        .$castTo<SpendLimitRecord>()
        .executeTakeFirst();
    },

    async list(listing: SpendLimitListing): Promise<Page<SpendLimitRecord>> {
      const { teamId, scope, sort, page, pageSize } = listing;
      const ofTeam = queries
        .selectFrom('spend_limits')
        .where('team_id', '=', teamId)
        .$if(scope !== undefined, (query) => query.where('scope', '=', scope ?? ''));
      const items = await limits()
        .where('spend_limits.team_id', '=', teamId)
        .$if(scope !== undefined, (query) => query.where('spend_limits.scope', '=', scope ?? ''))
        .orderBy('spend_limits.created_at', sort.direction)
        .orderBy('spend_limits.id', sort.direction)
        .limit(pageSize)
        .offset(pageOffset({ page, pageSize }))
        .$castTo<SpendLimitRecord>()
        .execute();
      const { total } = await ofTeam
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return { items, total, page, pageSize };
    },

    async setAmount(id: SpendLimitId, amount: number): Promise<void> {
      await queries
        .updateTable('spend_limits')
        .set({ amount, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async remove(id: SpendLimitId): Promise<void> {
      await queries.deleteFrom('spend_limits').where('id', '=', id).execute();
    },
  };
}
