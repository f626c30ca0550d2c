import { sql } from 'kysely';
import type { Database } from '#platform/db/database';

export type GaugeCounts = {
  readonly users: Readonly<Record<string, number>> | null;
  readonly authSessions: number;
  readonly waitingJobs: Readonly<Record<string, number>> | null;
};

export function createGaugesRepository(database: Pick<Database, 'transaction'>) {
  return {
    /** Counts in one statement what the gauges show, and gives up rather than take long. */
    async count(): Promise<GaugeCounts | undefined> {
      return database.transaction({ kind: 'system' }, async (queries) => {
        await sql`set local statement_timeout = '50ms'`.execute(queries);
        const { rows } = await sql<GaugeCounts>`
          select
            (select json_object_agg(tier, n) from
              (select teams.tier, count(*)::int as n from users
               join teams on teams.personal_user_id = users.id group by teams.tier) as by_tier) as "users",
            (select count(*)::int from auth_sessions
              where revoked_at is null and expires_at > now()) as "authSessions",
            (select json_object_agg(name, n) from
              (select name, count(*)::int as n from pgboss.job
               where state < 'active' group by name) as by_queue) as "waitingJobs"
        `.execute(queries);
        return rows[0];
      });
    },
  };
}
