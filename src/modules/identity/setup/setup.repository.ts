import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';

/** Any number that nothing else locks by. */
const LOCK_KEY = 7_306_521_994_001;

export type SetupRepository = ReturnType<typeof createSetupRepository>;

/** Needs no scope: users have no tenant. */
export function createSetupRepository(queries: Queries) {
  return {
    async hasAdmin(): Promise<boolean> {
      const admin = await queries
        .selectFrom('users')
        .select('id')
        .where('role', '=', 'admin')
        .limit(1)
        .executeTakeFirst();
      return admin !== undefined;
    },

    /** Lets one transaction at a time decide who is the first. */
    async lock(): Promise<void> {
      await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_KEY)})`.execute(queries);
    },
  };
}
