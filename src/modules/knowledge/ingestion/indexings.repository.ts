import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ChunkId, DocumentId, ProjectId, TeamId } from '#shared/ids';

export type IndexingId = number;

export type NewIndexing = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly documentId: DocumentId;
};

export type NewChunk = {
  readonly id: ChunkId;
  readonly ordinal: number;
  readonly content: string;
  readonly tokenCount: number;
  readonly page: number | null;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly headingPath: readonly string[];
  readonly embedding: readonly number[] | null;
};

/** The postings of a batch, column by column; `chunk` is the place in the batch, counted from one. */
export type Postings = {
  readonly terms: readonly string[];
  readonly chunks: readonly number[];
  readonly frequencies: readonly number[];
  readonly lengths: readonly number[];
};

export type ChunkBatch = NewIndexing & {
  readonly indexingId: IndexingId;
  readonly embeddingModel: string | null;
  readonly chunks: readonly NewChunk[];
  readonly postings: Postings;
  readonly totalLength: number;
};

export type DiscardedIndexing = { readonly id: IndexingId; readonly teamId: TeamId };

type Totals = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly chunkCount: number;
  readonly totalLength: number;
};

const TOTALS = [
  'team_id as teamId',
  'project_id as projectId',
  'chunk_count as chunkCount',
  'total_len as totalLength',
] as const;

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
        set n = project_stats.n + excluded.n, total_len = project_stats.total_len + excluded.total_len
    `.execute(queries);
  }

  return {
    /** Begins an indexing; one of the same document that was being written is given up. */
    async begin(indexing: NewIndexing): Promise<IndexingId> {
      await changeState(indexing.documentId, 'writing', 'discarded');
      const { id } = await queries
        .insertInto('indexings')
        .values({
          team_id: indexing.teamId,
          project_id: indexing.projectId,
          document_id: indexing.documentId,
          state: 'writing',
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },

    /** Adds chunks and postings that nobody sees yet; false, and nothing written, once the indexing was given up. */
    async append(batch: ChunkBatch): Promise<boolean> {
      const { numUpdatedRows } = await queries
        .updateTable('indexings')
        .set({
          chunk_count: sql`chunk_count + ${batch.chunks.length}`,
          total_len: sql`total_len + ${batch.totalLength}`,
          updated_at: sql`now()`,
        })
        .where('id', '=', batch.indexingId)
        .where('state', '=', 'writing')
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await insertChunks(queries, batch);
      await insertPostings(queries, batch);
      return true;
    },

    /**
     * Makes a written indexing the searchable one of its document, in place of the former.
     * Undefined, and nothing changed, once it was given up.
     */
    async publish(
      id: IndexingId,
      documentId: DocumentId,
    ): Promise<{ chunkCount: number } | undefined> {
      const isCurrent = await queries
        .selectFrom('indexings')
        .select('id')
        .where('id', '=', id)
        .where('state', '=', 'writing')
        .forUpdate()
        .executeTakeFirst();
      if (!isCurrent) return undefined;
      await addToStatistics(await changeState(documentId, 'live', 'discarded'), -1);
      const published = await changeState(documentId, 'writing', 'live');
      await addToStatistics(published, 1);
      return published;
    },

    /** Gives up an indexing that is being written; false when it no longer is. */
    async discard(id: IndexingId): Promise<boolean> {
      const { numUpdatedRows } = await queries
        .updateTable('indexings')
        .set({ state: 'discarded', updated_at: sql`now()` })
        .where('id', '=', id)
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
        .select(['id', 'team_id as teamId'])
        .where('state', '=', 'discarded')
        .orderBy('id')
        .limit(limit)
        .$castTo<DiscardedIndexing>()
        .execute();
    },

    async listDiscardedOf(documentId: DocumentId): Promise<readonly IndexingId[]> {
      const rows = await queries
        .selectFrom('indexings')
        .select('id')
        .where('document_id', '=', documentId)
        .where('state', '=', 'discarded')
        .execute();
      return rows.map((row) => row.id);
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

async function insertChunks(queries: Queries, batch: ChunkBatch): Promise<void> {
  const rows = batch.chunks.map((chunk) => ({
    id: chunk.id,
    ordinal: chunk.ordinal,
    content: chunk.content,
    token_count: chunk.tokenCount,
    page: chunk.page,
    start_offset: chunk.startOffset,
    end_offset: chunk.endOffset,
    heading_path: chunk.headingPath,
    embedding: chunk.embedding && JSON.stringify(chunk.embedding),
  }));
  await sql`
    insert into chunks (id, team_id, project_id, document_id, indexing_id, ordinal, content, token_count, page,
      start_offset, end_offset, heading_path, embedding, embedding_model)
    select c.id, ${batch.teamId}::uuid, ${batch.projectId}::uuid, ${batch.documentId}::uuid, ${batch.indexingId}::int,
      c.ordinal, c.content, c.token_count, c.page, c.start_offset, c.end_offset, c.heading_path,
      c.embedding::vector, ${batch.embeddingModel}::text
    from json_to_recordset(${JSON.stringify(rows)}::json) as c (
      id uuid, ordinal int, content text, token_count int, page int, start_offset int, end_offset int,
      heading_path text[], embedding text)
  `.execute(queries);
}

async function insertPostings(queries: Queries, batch: ChunkBatch): Promise<void> {
  const { terms, chunks, frequencies, lengths } = batch.postings;
  const chunkIds = batch.chunks.map((chunk) => chunk.id);
  await sql`
    insert into chunk_terms (team_id, project_id, term, chunk_id, indexing_id, tf, dl)
    select ${batch.teamId}::uuid, ${batch.projectId}::uuid, p.term, (${chunkIds}::uuid[])[p.chunk],
      ${batch.indexingId}::int, p.tf, (${lengths}::smallint[])[p.chunk]
    from unnest(${terms}::text[], ${chunks}::int[], ${frequencies}::smallint[]) as p (term, chunk, tf)
  `.execute(queries);
}
