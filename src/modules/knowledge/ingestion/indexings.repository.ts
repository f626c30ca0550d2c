import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentId, ProjectId, TeamId } from '#shared/ids';

export type IndexingId = number;

/** An indexing as one run has it; the word of a run that another took over is refused. */
export type RunOfIndexing = { readonly id: IndexingId; readonly run: number };

export type DiscardedIndexing = {
  readonly id: IndexingId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly fingerprint: string | null;
  /** How long the last run of it may still believe that it has it. */
  readonly leasedSeconds: number;
};

type Totals = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly chunkCount: number;
  readonly totalLength: number;
  readonly pageCount: number | null;
};

const TOTALS = [
  'team_id as teamId',
  'project_id as projectId',
  'chunk_count as chunkCount',
  'total_len as totalLength',
  'page_count as pageCount',
] as const;

const DISCARDED = ['id', 'team_id as teamId', 'project_id as projectId', 'fingerprint'] as const;
const leasedSeconds = sql<number>`greatest(0, extract(epoch from leased_until - now()))::float8`;

/** Bounds of one step of an erasure: a tenth of a second of an embedded database. */
const POSTINGS_A_STEP = 5000;
const CHUNKS_A_STEP = 500;

export type IndexingsRepository = ReturnType<typeof createIndexingsRepository>;

/**
 * Indexings and what they hold. Each change of what is searchable changes the project's statistics in the same
 * transaction; callers lock the document's row first, so that two changes of one document never cross.
 */
export function createIndexingsRepository(queries: Queries) {
  async function changeState(
    documentId: DocumentId,
    from: 'writing' | 'live' | 'trashed',
    to: 'live' | 'trashed' | 'discarded',
  ): Promise<Totals | undefined> {
    return queries
      .updateTable('indexings')
      .set({ state: to, updated_at: sql`now()` })
      .where('document_id', '=', documentId)
      .where('state', '=', from)
      .returning(TOTALS)
      .$castTo<Totals>()
      .executeTakeFirst();
  }

  async function addToStatistics(totals: Totals | undefined, sign: 1 | -1): Promise<void> {
    if (!totals) return;
    await sql`
      insert into project_stats (project_id, team_id, n, total_len)
      values (${totals.projectId}, ${totals.teamId}, ${sign * totals.chunkCount}, ${sign * totals.totalLength})
      on conflict (project_id) do update
        set n = project_stats.n + excluded.n, total_len = project_stats.total_len + excluded.total_len,
          revision = project_stats.revision + 1
    `.execute(queries);
  }

  return {
    /**
     * Makes a written indexing the searchable one of its document, in place of the former.
     * Undefined, and nothing changed, once it was given up.
     */
    async publish(
      { id, run }: RunOfIndexing,
      documentId: DocumentId,
    ): Promise<Pick<Totals, 'chunkCount' | 'pageCount'> | undefined> {
      const isCurrent = await queries
        .selectFrom('indexings')
        .select('id')
        .where('id', '=', id)
        .where('run', '=', run)
        .where('state', '=', 'writing')
        .forUpdate()
        .executeTakeFirst();
      if (!isCurrent) return undefined;
      await addToStatistics(await changeState(documentId, 'live', 'discarded'), -1);
      const published = await changeState(documentId, 'writing', 'live');
      await addToStatistics(published, 1);
      return published;
    },

    /** Gives up an indexing that this run is writing; false when it no longer is. */
    async discard({ id, run }: RunOfIndexing): Promise<boolean> {
      const { numUpdatedRows } = await queries
        .updateTable('indexings')
        .set({ state: 'discarded', updated_at: sql`now()` })
        .where('id', '=', id)
        .where('run', '=', run)
        .where('state', '=', 'writing')
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Gives up whatever of a document is being written. */
    async discardWriting(documentId: DocumentId): Promise<void> {
      await changeState(documentId, 'writing', 'discarded');
    },

    /** Hides a document from search. */
    async trash(documentId: DocumentId): Promise<void> {
      await changeState(documentId, 'writing', 'discarded');
      await addToStatistics(await changeState(documentId, 'live', 'trashed'), -1);
    },

    /** Gives up everything a document has, for its purge. */
    async discardAll(documentId: DocumentId): Promise<void> {
      await changeState(documentId, 'writing', 'discarded');
      await changeState(documentId, 'trashed', 'discarded');
      await addToStatistics(await changeState(documentId, 'live', 'discarded'), -1);
    },

    /** Shows a hidden document to search again; false when it has nothing to show. */
    async restore(documentId: DocumentId): Promise<boolean> {
      const restored = await changeState(documentId, 'trashed', 'live');
      await addToStatistics(restored, 1);
      return restored !== undefined;
    },

    async listDiscarded(limit: number): Promise<readonly DiscardedIndexing[]> {
      return queries
        .selectFrom('indexings')
        .select([...DISCARDED, leasedSeconds.as('leasedSeconds')])
        .where('state', '=', 'discarded')
        .orderBy('id')
        .limit(limit)
        .$castTo<DiscardedIndexing>()
        .execute();
    },

    async listDiscardedOf(documentId: DocumentId): Promise<readonly DiscardedIndexing[]> {
      return queries
        .selectFrom('indexings')
        .select([...DISCARDED, leasedSeconds.as('leasedSeconds')])
        .where('document_id', '=', documentId)
        .where('state', '=', 'discarded')
        .$castTo<DiscardedIndexing>()
        .execute();
    },

    /** Erases a bounded part of an indexing; true once nothing of it is left. */
    async eraseStep(id: IndexingId): Promise<boolean> {
      const postings = await sql`
        delete from chunk_terms where ctid = any(array(
          select ctid from chunk_terms where indexing_id = ${id} limit ${POSTINGS_A_STEP}))
      `.execute(queries);
      if ((postings.numAffectedRows ?? 0n) >= POSTINGS_A_STEP) return false;
      const chunks = await sql`
        delete from chunks where id = any(array(
          select id from chunks where indexing_id = ${id} limit ${CHUNKS_A_STEP}))
      `.execute(queries);
      if ((chunks.numAffectedRows ?? 0n) >= CHUNKS_A_STEP) return false;
      await queries.deleteFrom('indexings').where('id', '=', id).execute();
      return true;
    },
  };
}
