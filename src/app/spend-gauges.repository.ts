import { sql } from 'kysely';
import type { Database } from '#platform/db/database';

/** What users cost this month, in millionths of the currency. */
export type SpendGauges = {
  readonly byTier: readonly {
    readonly tier: string;
    readonly half: number;
    readonly most: number;
    readonly nearlyAll: number;
  }[];
  readonly dearest: number;
  readonly overAlert: number;
  /** The fullest limit with a window, as a part of its amount. */
  readonly fullest: number;
};

export function createSpendGaugesRepository(database: Pick<Database, 'transaction'>) {
  return {
    /** Sums in one statement what the gauges of cost show, and gives up rather than take long. */
    async sum({
      currency,
      alertMicros,
    }: {
      readonly currency: string;
      readonly alertMicros: number;
    }): Promise<SpendGauges | undefined> {
      return database.transaction({ kind: 'system' }, async (queries) => {
        await sql`set local statement_timeout = '1s'`.execute(queries);
        const { rows } = await sql<SpendGauges>`
          with costs as materialized (
            select user_id, sum(cost_micros) as micros from usage_records
            where user_id is not null and currency = ${currency}
              and created_at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'
            group by user_id
          ), tiers as (
            select teams.tier, percentile_disc(0.5) within group (order by micros) as "half",
              percentile_disc(0.9) within group (order by micros) as "most",
              percentile_disc(0.99) within group (order by micros) as "nearlyAll"
            from costs join teams on teams.personal_user_id = costs.user_id group by teams.tier
          )
          select (select coalesce(json_agg(tiers), '[]') from tiers) as "byTier",
            (select coalesce(max(micros), 0)::float8 from costs) as dearest,
            (select count(*)::int from costs where micros > ${alertMicros}) as "overAlert",
            (select coalesce(max((c.used + c.reserved)::float8 / l.amount), 0) from spend_limits l
              join spend_counters c on c.limit_id = l.id
              where l.amount > 0 and (l."window" = 'total'
                or c.period_start = date_trunc(l."window", now() at time zone 'UTC') at time zone 'UTC')) as fullest
        `.execute(queries);
        return rows[0];
      });
    },
  };
}
