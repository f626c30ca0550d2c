import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ExportId, UserId } from '#shared/ids';

export type ExportLease = { readonly id: ExportId; readonly userId: UserId };

export type ExportLeasesRepository = ReturnType<typeof createExportLeasesRepository>;

/** Leases go by the database's clock, which all processes share. */
export function createExportLeasesRepository(queries: Queries) {
  return {
    /** False while another export of the user is under way. */
    async take({ id, userId }: ExportLease, seconds: number): Promise<boolean> {
      const lease = { id, locked_until: inSeconds(seconds) };
      const result = await queries
        .insertInto('user_exports')
        .values({ user_id: userId, ...lease })
        .onConflict((conflict) =>
          conflict
            .column('user_id')
            .doUpdateSet(lease)
            .where('user_exports.locked_until', '<', sql<string>`now()`),
        )
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async renew({ id, userId }: ExportLease, seconds: number): Promise<void> {
      await queries
        .updateTable('user_exports')
        .set({ locked_until: inSeconds(seconds) })
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .execute();
    },

    async release({ id, userId }: ExportLease): Promise<void> {
      await queries
        .deleteFrom('user_exports')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .execute();
    },
  };
}

function inSeconds(seconds: number) {
  return sql<string>`now() + make_interval(secs => ${seconds})`;
}
