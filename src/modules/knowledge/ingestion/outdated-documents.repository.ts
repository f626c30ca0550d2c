import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentId, TeamId } from '#shared/ids';
import type { Fingerprint } from './fingerprint.ts';
import { FRESH_INGESTION } from './fresh-ingestion.ts';

export type OutdatedDocument = { readonly documentId: DocumentId; readonly teamId: TeamId };

export type OutdatedDocumentsRepository = ReturnType<typeof createOutdatedDocumentsRepository>;

/** Documents that are searched by an index which the settings in force would not make. */
export function createOutdatedDocumentsRepository(queries: Queries) {
  return {
    /** How many of them get a new index now. */
    async countUnderWay(): Promise<number> {
      const { total } = await queries
        .selectFrom('documents')
        .select((row) => row.fn.countAll<number>().as('total'))
        .where('reindex_asked_at', 'is not', null)
        .where(sql<boolean>`status in ('pending', 'processing')`)
        .where('deleted_at', 'is', null)
        .executeTakeFirstOrThrow();
      return total;
    },

    async count(fingerprint: Fingerprint): Promise<number> {
      const { total } = await queries
        .selectFrom('indexings as i')
        .select((row) => row.fn.countAll<number>().as('total'))
        .where(sql<boolean>`i.state = 'live' and ${isOutdated(fingerprint)}`)
        .executeTakeFirstOrThrow();
      return total;
    },

    /** Those that are ready, but for those that a new index was asked for lately. */
    async list(
      fingerprint: Fingerprint,
      { pauseSeconds, limit }: { readonly pauseSeconds: number; readonly limit: number },
    ): Promise<readonly OutdatedDocument[]> {
      const { rows } = await sql<OutdatedDocument>`
        select d.id as "documentId", d.team_id as "teamId"
        from indexings i join documents d on d.id = i.document_id
        where i.state = 'live' and ${isOutdated(fingerprint)}
          and d.status = 'ready' and d.deleted_at is null
          and (d.reindex_asked_at is null or d.reindex_asked_at < now() - make_interval(secs => ${pauseSeconds}))
        limit ${limit}
      `.execute(queries);
      return rows;
    },

    /** Puts one in line; false where it is not ready any more. */
    async restart(id: DocumentId): Promise<boolean> {
      const { numUpdatedRows } = await queries
        .updateTable('documents')
        .set({ ...FRESH_INGESTION, reindex_asked_at: sql`now()`, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('status', '=', 'ready')
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}

/** Two ranges, which an index finds. Without an embedder vectors do no harm: they stay for the day it is back. */
function isOutdated({ whole, text, hasVectors }: Fingerprint): RawBuilder<boolean> {
  if (!hasVectors) return sql`(i.fingerprint is null or not starts_with(i.fingerprint, ${text}))`;
  return sql`(i.fingerprint < ${whole} or i.fingerprint > ${whole} or i.fingerprint is null)`;
}
