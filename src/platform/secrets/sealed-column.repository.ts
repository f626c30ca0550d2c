import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamId } from '#shared/ids';

/** Where envelopes of a secret box are kept, one a row. */
export type SealedColumn = { readonly table: string; readonly column: string };

export type SealedSecret = {
  readonly id: string;
  readonly teamId: TeamId;
  readonly sealed: string;
};

/** All teams' secrets of one column; needs the system scope. */
export function createSealedColumnRepository(queries: Queries, { table, column }: SealedColumn) {
  const rows = sql.table(table);
  const sealedIn = sql.ref(column);
  const sealedOtherwise = (prefixes: readonly string[]) => sql`not exists (
    select from unnest(${prefixes}::text[]) as prefix where starts_with(${sealedIn}, prefix))`;

  return {
    /** Some that begin with none of the prefixes, by id, after the one given. */
    async listSealedOtherwise(
      prefixes: readonly string[],
      page: { readonly after: string | undefined; readonly limit: number },
    ): Promise<readonly SealedSecret[]> {
      const { rows: secrets } = await sql<SealedSecret>`
        select id, team_id as "teamId", ${sealedIn} as sealed from ${rows}
        where ${sealedOtherwise(prefixes)}
          and (${page.after ?? null}::uuid is null or id > ${page.after ?? null}::uuid)
        order by id limit ${page.limit}`.execute(queries);
      return secrets;
    },

    async countSealedOtherwise(prefixes: readonly string[]): Promise<number> {
      const { rows: counts } = await sql<{ total: number }>`
        select count(*)::int as total from ${rows} where ${sealedOtherwise(prefixes)}`.execute(
        queries,
      );
      return counts[0]?.total ?? 0;
    },

    /** False where the secret was changed or removed in the meantime. */
    async reseal({ id, sealed }: SealedSecret, resealed: string): Promise<boolean> {
      const { numAffectedRows = 0n } = await sql`
        update ${rows} set ${sealedIn} = ${resealed}
        where id = ${id} and ${sealedIn} = ${sealed}`.execute(queries);
      return numAffectedRows > 0n;
    },
  };
}
