import { sql } from 'kysely';
import type { TeamId, UserId } from '#shared/ids';
import type { Queries } from './database.ts';

/** A user's rows in any team, and everybody's in teams that go. */
type Owner = { readonly userId: UserId; readonly teamIds: readonly TeamId[] };

type Page = { readonly afterId: string; readonly limit: number };

/** Tables whose rows belong to one user of a team, and to nobody after them. */
export type UserTable = 'responses' | 'conversations' | 'conversation_items' | 'store_items';

/** What erasing and exporting such rows takes. */
export function createUserRows(queries: Queries, name: UserTable) {
  const table = sql.table(name);
  const isOf = ({ userId, teamIds }: Owner) =>
    sql`(user_id = ${userId} or team_id = any(${teamIds}::uuid[]))`;

  return {
    async countOf(owner: Owner): Promise<number> {
      const { rows } = await sql<{ readonly count: number }>`
        select count(*)::int as count from ${table} where ${isOf(owner)}
      `.execute(queries);
      return rows[0]?.count ?? 0;
    },

    /** Tells how many went, at most `limit`. */
    async removeOf(owner: Owner, limit: number): Promise<number> {
      const { numAffectedRows } = await sql`
        delete from ${table} where id in (select id from ${table} where ${isOf(owner)} limit ${limit})
      `.execute(queries);
      return Number(numAffectedRows ?? 0n);
    },

    /** A user's own, for their export. */
    async listOwn(userId: UserId, { afterId, limit }: Page) {
      const { rows } = await sql<{ readonly id: string }>`
        select * from ${table} where user_id = ${userId} and id > ${afterId}::uuid order by id limit ${limit}
      `.execute(queries);
      return rows;
    },
  };
}
