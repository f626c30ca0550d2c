import { sql } from 'kysely';
import type { Payer, SpendCall, SpendEstimate, SpentUsage } from '#modules/ai';
import type { Queries } from '#platform/db/database';

export type StreamCaps = Readonly<Record<'free' | 'pro' | 'enterprise', number>>;

export type NewReservation = SpendCall & {
  readonly id: string;
  readonly leaseSeconds: number;
  /** Set where the call counts against the streams of its team. */
  readonly streamCaps: StreamCaps | null;
  /** Asks only; nothing is held. */
  readonly isTrial: boolean;
  /** For a call that has not come yet: at most half of every limit may be taken then. */
  readonly isAhead: boolean;
};

/** What stands in the way of a call. */
export type Refusal =
  | { readonly refused_by: 'streams'; readonly most: number; readonly running: number }
  | { readonly refused_by: 'expiry' }
  | {
      readonly refused_by: 'limit';
      readonly limit_id: string;
      readonly scope: string;
      readonly window: string;
      readonly unit: 'cost' | 'tokens';
      readonly amount: number;
      readonly used: number;
      readonly reserved: number;
      readonly needed: number;
      readonly resets_at: string | null;
      /** Until the window ends; null where it never does. */
      readonly seconds: number | null;
    };

export type SettledCall = {
  readonly id: string;
  readonly ids: { readonly tokens: string; readonly requests: string };
  readonly payer: Payer;
  readonly usage: SpentUsage;
  readonly currency: string;
  readonly costUsdRate: number;
  readonly traceId: string | null;
};

type Verdict = Refusal | { readonly refused_by: null };

/**
 * What is held need not outlive a crash of the database, as usage must. All calls of a team that has a limit wait
 * for one row; without its disk they are three times as many a second.
 */
const WITHOUT_DISK = sql`set_config('synchronous_commit', 'off', true)`;

export type SpendingRepository = ReturnType<typeof createSpendingRepository>;

/** Reservations: each step is one statement, and atomic in the database. */
export function createSpendingRepository(queries: Queries) {
  async function ask(question: ReturnType<typeof sql>): Promise<Refusal | undefined> {
    const { rows } = await sql<{ readonly verdict: Verdict }>`
      select ${question} as verdict, ${WITHOUT_DISK}`.execute(queries);
    const verdict = rows[0]?.verdict;
    return verdict && verdict.refused_by !== null ? verdict : undefined;
  }

  return {
    /** Undefined where it is held, else what stands in its way. */
    async reserve(call: NewReservation): Promise<Refusal | undefined> {
      const { payer, estimate } = call;
      const asked = {
        id: call.id,
        team_id: payer.teamId,
        user_id: payer.userId,
        project_id: payer.projectId ?? null,
        api_key_id: payer.apiKeyId ?? null,
        session_id: payer.sessionId ?? null,
        run_id: payer.runId ?? null,
        provider: call.provider,
        model: call.model,
        stream_caps: call.streamCaps,
        cost_micros: estimate.costMicros,
        tokens: estimate.tokens,
        lease_seconds: call.leaseSeconds,
        is_trial: call.isTrial,
        is_ahead: call.isAhead,
      };
      return ask(sql`reserve_spend(${JSON.stringify(asked)}::jsonb)`);
    },

    async extend(id: string, more: SpendEstimate): Promise<Refusal | undefined> {
      const asked = { id, cost_micros: more.costMicros, tokens: more.tokens };
      return ask(sql`extend_spend(${JSON.stringify(asked)}::jsonb)`);
    },

    async release(id: string): Promise<void> {
      await sql`select release_spend(${id}::uuid, 'released'), ${WITHOUT_DISK}`.execute(queries);
    },

    /** Writes the usage of a call, which settles its reservation; a second time nothing happens. */
    async settle(call: SettledCall): Promise<void> {
      const { payer, usage, ids } = call;
      const row = {
        team_id: payer.teamId,
        user_id: payer.userId,
        project_id: payer.projectId ?? null,
        api_key_id: payer.apiKeyId ?? null,
        session_id: payer.sessionId ?? null,
        run_id: payer.runId ?? null,
        call_id: call.id,
        cost_usd_rate: call.costUsdRate,
        currency: call.currency,
        trace_id: call.traceId,
        usage_estimated: usage.isEstimated,
        latency_ms: usage.latencyMs,
      };
      const tokens = usage.promptTokens + usage.completionTokens;
      await queries
        .insertInto('usage_records')
        .values([
          {
            ...row,
            id: ids.tokens,
            metric: 'ai_tokens',
            amount: tokens,
            cost_micros: usage.costMicros,
            prompt_tokens: usage.promptTokens,
            completion_tokens: usage.completionTokens,
            cached_tokens: usage.cachedTokens,
            reasoning_tokens: usage.reasoningTokens,
          },
          { ...row, id: ids.requests, metric: 'ai_requests', amount: 1 },
        ])
        .execute();
    },

    async renewLeases(ids: readonly string[], leaseSeconds: number): Promise<void> {
      await queries
        .updateTable('spend_reservations')
        .set({ expires_at: sql`now() + make_interval(secs => ${leaseSeconds})` })
        .where('id', '=', sql<string>`any(${ids}::uuid[])`)
        .where('status', '=', 'held')
        .execute();
    },

    /** Lets every lease pass: for the only process of a database, at its start. */
    async expireLeases(): Promise<void> {
      await queries
        .updateTable('spend_reservations')
        .set({ expires_at: sql`now() - interval '1 second'` })
        .where('status', '=', 'held')
        .execute();
    },

    /** Gives back, one at a time, what processes that are gone held for calls that nobody will bill. */
    async expireOne(): Promise<boolean> {
      const { rows } = await sql<{ hasExpired: boolean }>`
        select expire_spend_reservation() as "hasExpired"`.execute(queries);
      return rows[0]?.hasExpired === true;
    },

    /** Removes what no call will come back for. */
    async purge(limit: number): Promise<number> {
      const { numAffectedRows: reservations = 0n } = await sql`
        delete from spend_reservations where id = any(array(
          select id from spend_reservations where status <> 'held' and updated_at < now() - interval '1 day'
          limit ${limit}))`.execute(queries);
      const { numAffectedRows: counters = 0n } = await sql`
        delete from spend_counters where (limit_id, subject_id, period_start) in (
          select limit_id, subject_id, period_start from spend_counters
          where (period_start > 'epoch' and period_start < now() - interval '40 days')
            or (updated_at < now() - interval '40 days'
              and limit_id in (select id from spend_limits where scope = 'run'))
          limit ${limit})`.execute(queries);
      return Number(reservations + counters);
    },
  };
}
