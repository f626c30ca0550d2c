import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ChunkId, DocumentId, ProjectId, TeamId } from '#shared/ids';
import type { RunOfIndexing } from './indexings.repository.ts';

export type NewIndexing = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly documentId: DocumentId;
  readonly fingerprint: string;
  readonly leaseSeconds: number;
};

/** An indexing as a run takes it up, with what earlier runs have written. */
export type HeldIndexing = RunOfIndexing & {
  readonly chunkCount: number;
  readonly isWritten: boolean;
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
};

/** The postings of a batch, column by column; `chunk` is the place in the batch, counted from one. */
export type Postings = {
  readonly terms: readonly string[];
  readonly chunks: readonly number[];
  readonly frequencies: readonly number[];
  readonly lengths: readonly number[];
};

export type ChunkBatch = Pick<NewIndexing, 'teamId' | 'projectId' | 'documentId'> & {
  readonly indexing: RunOfIndexing;
  readonly chunks: readonly NewChunk[];
  readonly postings: Postings;
  readonly totalLength: number;
};

export type UnembeddedChunk = {
  readonly id: ChunkId;
  readonly ordinal: number;
  readonly content: string;
};

export type VectorBatch = {
  readonly model: string;
  readonly vectors: readonly { readonly id: ChunkId; readonly embedding: readonly number[] }[];
};

const HELD = ['id', 'run', 'chunk_count as chunkCount', 'is_written as isWritten'] as const;

export type IndexingWritesRepository = ReturnType<typeof createIndexingWritesRepository>;

/** What a run writes of an indexing. False, and nothing written, once the run has lost it. */
export function createIndexingWritesRepository(queries: Queries) {
  const writing = (indexing: RunOfIndexing) =>
    queries
      .updateTable('indexings')
      .where('id', '=', indexing.id)
      .where('run', '=', indexing.run)
      .where('state', '=', 'writing');

  async function takeOver(indexing: NewIndexing): Promise<HeldIndexing | undefined> {
    return queries
      .updateTable('indexings')
      .set({
        run: sql`run + 1`,
        leased_until: after(indexing.leaseSeconds),
        updated_at: sql`now()`,
      })
      .where('document_id', '=', indexing.documentId)
      .where('state', '=', 'writing')
      .where('fingerprint', '=', indexing.fingerprint)
      .returning(HELD)
      .$castTo<HeldIndexing>()
      .executeTakeFirst();
  }

  async function begin(indexing: NewIndexing): Promise<HeldIndexing> {
    return queries
      .insertInto('indexings')
      .values({
        team_id: indexing.teamId,
        project_id: indexing.projectId,
        document_id: indexing.documentId,
        fingerprint: indexing.fingerprint,
        leased_until: after(indexing.leaseSeconds),
        state: 'writing',
      })
      .returning(HELD)
      .$castTo<HeldIndexing>()
      .executeTakeFirstOrThrow();
  }

  return {
    /** Goes on with what an earlier run has written in the same way, or begins; the document's row is locked. */
    async claim(indexing: NewIndexing): Promise<HeldIndexing> {
      const taken = await takeOver(indexing);
      if (taken) return taken;
      await queries
        .updateTable('indexings')
        .set({ state: 'discarded', updated_at: sql`now()` })
        .where('document_id', '=', indexing.documentId)
        .where('state', '=', 'writing')
        .execute();
      return begin(indexing);
    },

    async renew(indexing: RunOfIndexing, leaseSeconds: number): Promise<boolean> {
      const { numUpdatedRows } = await writing(indexing)
        .set({ leased_until: after(leaseSeconds) })
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** Adds chunks and postings that nobody sees yet. */
    async append(batch: ChunkBatch): Promise<boolean> {
      const { numUpdatedRows } = await writing(batch.indexing)
        .set({
          chunk_count: sql`chunk_count + ${batch.chunks.length}`,
          total_len: sql`total_len + ${batch.totalLength}`,
          updated_at: sql`now()`,
        })
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await insertChunks(queries, batch);
      await insertPostings(queries, batch);
      return true;
    },

    /** Notes that all chunks are there, and says how many. */
    async closeText(
      indexing: RunOfIndexing,
      pageCount: number | null,
    ): Promise<{ readonly chunkCount: number } | undefined> {
      return writing(indexing)
        .set({ is_written: true, page_count: pageCount, updated_at: sql`now()` })
        .returning('chunk_count as chunkCount')
        .executeTakeFirst();
    },

    /** Chunks without a vector, in the order of the text. */
    async listUnembedded(
      { id }: RunOfIndexing,
      { afterOrdinal, limit }: { readonly afterOrdinal: number; readonly limit: number },
    ): Promise<readonly UnembeddedChunk[]> {
      return queries
        .selectFrom('chunks')
        .select(['id', 'ordinal', 'content'])
        .where('indexing_id', '=', id)
        .where('ordinal', '>', afterOrdinal)
        .where('embedding_model', 'is', null)
        .orderBy('ordinal')
        .limit(limit)
        .$castTo<UnembeddedChunk>()
        .execute();
    },

    async storeVectors(indexing: RunOfIndexing, { model, vectors }: VectorBatch): Promise<boolean> {
      const { numUpdatedRows } = await writing(indexing)
        .set({ updated_at: sql`now()` })
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      const ids = vectors.map(({ id }) => id);
      const texts = vectors.map(({ embedding }) => JSON.stringify(embedding));
      await sql`
        update chunks set embedding = v.embedding::vector, embedding_model = ${model}
        from unnest(${ids}::uuid[], ${texts}::text[]) as v (id, embedding)
        where chunks.id = v.id and chunks.indexing_id = ${indexing.id}
      `.execute(queries);
      return true;
    },

    /** Notes that chunks have their vectors elsewhere. */
    async noteVectors(
      indexing: RunOfIndexing,
      { model, ids }: { readonly model: string; readonly ids: readonly ChunkId[] },
    ): Promise<boolean> {
      const { numUpdatedRows } = await writing(indexing)
        .set({ updated_at: sql`now()` })
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await queries
        .updateTable('chunks')
        .set({ embedding_model: model })
        .where('id', '=', sql<string>`any(${ids}::uuid[])`)
        .where('indexing_id', '=', indexing.id)
        .execute();
      return true;
    },
  };
}

function after(seconds: number): RawBuilder<string> {
  return sql<string>`now() + make_interval(secs => ${seconds})`;
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
  }));
  await sql`
    insert into chunks (id, team_id, project_id, document_id, indexing_id, ordinal, content, token_count, page,
      start_offset, end_offset, heading_path)
    select c.id, ${batch.teamId}::uuid, ${batch.projectId}::uuid, ${batch.documentId}::uuid,
      ${batch.indexing.id}::int, c.ordinal, c.content, c.token_count, c.page, c.start_offset, c.end_offset,
      c.heading_path
    from json_to_recordset(${JSON.stringify(rows)}::json) as c (
      id uuid, ordinal int, content text, token_count int, page int, start_offset int, end_offset int,
      heading_path text[])
  `.execute(queries);
}

async function insertPostings(queries: Queries, batch: ChunkBatch): Promise<void> {
  const { terms, chunks, frequencies, lengths } = batch.postings;
  const chunkIds = batch.chunks.map((chunk) => chunk.id);
  await sql`
    insert into chunk_terms (team_id, project_id, term, chunk_id, indexing_id, tf, dl)
    select ${batch.teamId}::uuid, ${batch.projectId}::uuid, p.term, (${chunkIds}::uuid[])[p.chunk],
      ${batch.indexing.id}::int, p.tf, (${lengths}::smallint[])[p.chunk]
    from unnest(${terms}::text[], ${chunks}::int[], ${frequencies}::smallint[]) as p (term, chunk, tf)
  `.execute(queries);
}
