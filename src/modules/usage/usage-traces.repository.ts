import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamId, UserId } from '#shared/ids';

/** Whose usage: a user's in any team, and everybody's in teams that go. */
export type UsageOwner = { readonly userId: UserId; readonly teamIds: readonly TeamId[] };

export type UsageTracesRepository = ReturnType<typeof createUsageTracesRepository>;

/** What usage tells of a user, wherever it was; needs the system scope. */
export function createUsageTracesRepository(queries: Queries) {
  async function remove(statement: ReturnType<typeof sql>): Promise<number> {
    const { numAffectedRows } = await statement.execute(queries);
    return Number(numAffectedRows ?? 0n);
  }

  return {
    async count({ teamIds }: UsageOwner): Promise<{ readonly usage_records: number }> {
      const { total } = await queries
        .selectFrom('usage_records')
        .select((row) => row.fn.countAll<number>().as('total'))
        .where('team_id', '=', sql<string>`any(${teamIds}::uuid[])`)
        .executeTakeFirstOrThrow();
      return { usage_records: total };
    },

    /** Counters of the user, their keys and their runs. */
    removeCounters: ({ userId }: UsageOwner, limit: number) =>
      remove(sql`
        delete from spend_counters where ctid = any(array(
          select ctid from spend_counters where subject_id = ${userId}
            or subject_id in (select id from api_keys where user_id = ${userId})
            or subject_id in (select run_id from usage_records where user_id = ${userId})
            or subject_id in (select run_id from spend_reservations where user_id = ${userId})
          limit ${limit}))`),

    removeReservations: ({ userId, teamIds }: UsageOwner, limit: number) =>
      remove(sql`
        delete from spend_reservations where id = any(array(
          select id from spend_reservations
          where user_id = ${userId} or team_id = any(${teamIds}::uuid[]) limit ${limit}))`),

    removeUsage: ({ teamIds }: UsageOwner, limit: number) =>
      remove(sql`
        delete from usage_records where id = any(array(
          select id from usage_records where team_id = any(${teamIds}::uuid[]) limit ${limit}))`),

    /** What other teams used stays theirs, without saying by whom. */
    forgetUser: ({ userId }: UsageOwner, limit: number) =>
      remove(sql`
        update usage_records
        set user_id = null, session_id = null, run_id = null, api_key_id = null, trace_id = null
        where id = any(array(
          select id from usage_records where user_id = ${userId} limit ${limit}))`),
  };
}
