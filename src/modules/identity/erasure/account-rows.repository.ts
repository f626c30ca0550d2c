import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { UserId } from '#shared/ids';
import { ACCOUNT_TABLES, type AccountTable } from './account-tables.ts';
import type { Counts } from './user-eraser.ts';

export type AccountRowsRepository = ReturnType<typeof createAccountRowsRepository>;

/** Needs the system scope: what is a user's is spread over teams. */
export function createAccountRowsRepository(queries: Queries) {
  return {
    async count(userId: UserId): Promise<Counts> {
      const counts = ACCOUNT_TABLES.map(async (table) => {
        const { rows } = await sql<{ readonly count: number }>`
          select count(*)::int as count from ${sql.table(table)} where user_id = ${userId}
        `.execute(queries);
        return [table, rows[0]?.count ?? 0] as const;
      });
      return Object.fromEntries(await Promise.all(counts));
    },

    /** Removes at most so many rows; how many it were. */
    async remove(table: AccountTable, userId: UserId, limit: number): Promise<number> {
      const { numAffectedRows } = await sql`
        delete from ${sql.table(table)} where id = any(array(
          select id from ${sql.table(table)} where user_id = ${userId} limit ${limit}))
      `.execute(queries);
      return Number(numAffectedRows ?? 0n);
    },

    /** Remembers, by a hash, the subjects that issuers know the user by, so that no late word of theirs makes them anew. */
    async rememberErased(userId: UserId): Promise<void> {
      await sql`
        insert into erased_identities (issuer, subject_hash, erased_at)
        select issuer, sha256(convert_to(subject, 'UTF8')), now() from identities where user_id = ${userId}
        on conflict (issuer, subject_hash) do update set erased_at = excluded.erased_at
      `.execute(queries);
    },
  };
}
