import { sql } from 'kysely';
import type { ProjectSettings, RetrievalSettings } from '#modules/projects';
import type { Queries } from '#platform/db/database';
import type { ChunkId, DocumentId, ProjectId } from '#shared/ids';
import { bm25, type LexicalRanking } from './bm25.sql.ts';
import { isVisible, matches, matchingIndexings } from './chunk-conditions.sql.ts';
import type { PassageCount } from './passage-counts.ts';
import type { RetrievalFilter } from './retrieval-filter.ts';

export type RankedChunk = { readonly chunkId: ChunkId; readonly score: number };

export type LexicalResult = {
  readonly chunks: readonly RankedChunk[];
  /** How rare each term of the question is in the project, times how often it is asked for. */
  readonly weights: ReadonlyMap<string, number>;
  readonly counted: ReadonlyMap<string, PassageCount>;
};

type CountedTerm = PassageCount & { readonly weight: number };
type LexicalRow = RankedChunk & { readonly terms: Readonly<Record<string, CountedTerm>> | null };

export type ChunkText = {
  readonly chunkId: ChunkId;
  readonly documentId: DocumentId;
  readonly documentTitle: string;
  readonly content: string;
  readonly page: number | null;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly headingPath: readonly string[];
};

/** A chunk by its place among the others of its document. */
export type PlacedChunk = Pick<ChunkText, 'chunkId' | 'content' | 'startOffset' | 'endOffset'> & {
  readonly indexingId: number;
  readonly ordinal: number;
};

/** A project as a search meets it. */
export type SearchedProject = {
  readonly settings: RetrievalSettings;
  /** Some of it waits for a new index, and may have vectors of another model or none. */
  readonly isMixed: boolean;
  /** Moves on with each change of what is searchable. */
  readonly revision: string;
};

type Ranking = {
  readonly projectId: ProjectId;
  readonly filter: RetrievalFilter;
  readonly limit: number;
};

export type VectorRanking = Ranking & {
  readonly model: string;
  readonly vector: readonly number[];
};

type ProjectRow = {
  readonly settings: ProjectSettings;
  readonly isMixed: boolean;
  readonly revision: string | null;
};

/** Vectors of half precision are near enough to choose by, and not to order by. */
const NEAR_PER_RANKED = 2;

export type RetrievalRepository = ReturnType<typeof createRetrievalRepository>;

/** Searches of one project. Only chunks of live indexings take part, in the counts as in the result. */
export function createRetrievalRepository(queries: Queries) {
  return {
    /** BM25 over the terms of a question, and how rare each of them is. */
    async rankByTerms(ranking: LexicalRanking): Promise<LexicalResult> {
      const result = await sql<LexicalRow>`${bm25(ranking)}`.execute(queries);
      const terms = Object.entries(result.rows[0]?.terms ?? {});
      return {
        chunks: result.rows.map(({ chunkId, score }) => ({ chunkId, score })),
        weights: new Map(terms.map(([term, { weight }]) => [term, weight])),
        counted: new Map(terms),
      };
    },

    /** What the project says about its searches, and whether all of it bears the fingerprint. */
    async findProject(projectId: ProjectId, fingerprint: string): Promise<SearchedProject> {
      const { rows } = await sql<ProjectRow>`
        select p.settings, (select s.revision::text from project_stats s where s.project_id = p.id), exists (
          select from indexings i where i.project_id = p.id and i.state = 'live'
            and (i.fingerprint < ${fingerprint} or i.fingerprint > ${fingerprint} or i.fingerprint is null)) as "isMixed"
        from projects p where p.id = ${projectId}
      `.execute(queries);
      const [project] = rows;
      const { settings = {}, isMixed = false, revision } = project ?? {};
      return { settings: settings.retrieval ?? {}, isMixed, revision: revision ?? '' };
    },

    /** Those of some chunks that have no vector which this model's can be compared with. */
    async listWithoutVector(
      ids: readonly ChunkId[],
      { name, dimensions }: { readonly name: string; readonly dimensions: number },
    ): Promise<ReadonlySet<ChunkId>> {
      const { rows } = await sql<{ id: ChunkId }>`
        select c.id from chunks c where c.id = any(${ids}::uuid[])
          and (c.embedding_model is distinct from ${name} or vector_dims(c.embedding) <> ${dimensions})
      `.execute(queries);
      return new Set(rows.map(({ id }) => id));
    },

    /** The chunks at most so far from each of some, of the same page and section, in the order of the text. */
    async listNeighbours(
      ids: readonly ChunkId[],
      distance: number,
    ): Promise<readonly PlacedChunk[]> {
      const result = await sql<PlacedChunk>`
        select distinct n.id as "chunkId", n.content, n.start_offset as "startOffset",
          n.end_offset as "endOffset", n.indexing_id as "indexingId", n.ordinal
        from chunks c
        join chunks n on n.indexing_id = c.indexing_id
          and n.ordinal between c.ordinal - ${distance} and c.ordinal + ${distance}
          and n.page is not distinct from c.page and n.heading_path = c.heading_path
        where c.id = any(${ids}::uuid[]) order by n.indexing_id, n.ordinal
      `.execute(queries);
      return result.rows;
    },

    /** Cosine similarity by exact scan of the project's chunks that this model embedded. */
    async rankByVector({
      projectId,
      model,
      vector,
      filter,
      limit,
    }: VectorRanking): Promise<readonly RankedChunk[]> {
      const question = JSON.stringify(vector);
      const result = await sql<RankedChunk>`
        select c.id as "chunkId", 1 - (c.embedding <=> ${question}::vector) as score
        from chunks c
        where c.project_id = ${projectId} and c.embedding_model = ${model}
          and vector_dims(c.embedding) = ${vector.length}
          and ${isVisible('c', projectId)} and ${matches('c', projectId, filter)}
        order by c.embedding <=> ${question}::vector, c.id limit ${limit}
      `.execute(queries);
      return result.rows;
    },

    /**
     * The same of a large project, by the index of the model's vectors: those that it finds near are compared
     * exactly. It may find less than there is. Model and length are literals, so that the plan may use the index.
     */
    async rankByIndexedVector({
      projectId,
      model,
      vector,
      filter,
      limit,
    }: VectorRanking): Promise<readonly RankedChunk[]> {
      const question = JSON.stringify(vector);
      const half = sql.raw(`halfvec(${vector.length})`);
      const result = await sql<RankedChunk>`
        with near as materialized (
          select c.id, c.embedding from chunks c
          where c.embedding_model = ${sql.lit(model)} and vector_dims(c.embedding) = ${sql.lit(vector.length)}
            and c.project_id = ${projectId}
            and ${isVisible('c', projectId)} and ${matches('c', projectId, filter)}
          order by c.embedding::${half} <=> ${question}::${half} limit ${limit * NEAR_PER_RANKED})
        select n.id as "chunkId", 1 - (n.embedding <=> ${question}::vector) as score
        from near n order by n.embedding <=> ${question}::vector, n.id limit ${limit}
      `.execute(queries);
      return result.rows;
    },

    /** Some of the searchable indexings that a filter leaves. */
    async listMatchingIndexings(
      projectId: ProjectId,
      filter: RetrievalFilter,
      limit: number,
    ): Promise<readonly number[]> {
      const { rows } = await sql<{ id: number }>`
        ${matchingIndexings(projectId, filter)} limit ${limit}
      `.execute(queries);
      return rows.map(({ id }) => id);
    },

    /** Some of the project's indexings that are not searched. */
    async listHiddenIndexings(projectId: ProjectId, limit: number): Promise<readonly number[]> {
      const { rows } = await sql<{ id: number }>`
        select i.id from indexings i where i.project_id = ${projectId} and i.state <> 'live' limit ${limit}
      `.execute(queries);
      return rows.map(({ id }) => id);
    },

    /** Those of some ids, found elsewhere, that a search of the project may show. */
    async keepSearchable(
      ids: readonly string[],
      { projectId, filter, model }: Omit<VectorRanking, 'vector' | 'limit'>,
    ): Promise<ReadonlyMap<string, ChunkId>> {
      const { rows } = await sql<{ id: ChunkId }>`
        select c.id from chunks c where c.id = any(${ids}::uuid[])
          and c.project_id = ${projectId} and c.embedding_model = ${model}
          and ${isVisible('c', projectId)} and ${matches('c', projectId, filter)}
      `.execute(queries);
      return new Map(rows.map(({ id }) => [id, id]));
    },

    async countPassages(projectId: ProjectId): Promise<number> {
      const counted = await queries
        .selectFrom('project_stats')
        .select('n')
        .where('project_id', '=', projectId)
        .executeTakeFirst();
      return counted?.n ?? 0;
    },

    async listTexts(ids: readonly ChunkId[]): Promise<readonly ChunkText[]> {
      return queries
        .selectFrom('chunks')
        .innerJoin('indexings', 'indexings.id', 'chunks.indexing_id')
        .innerJoin('documents', 'documents.id', 'chunks.document_id')
        .select([
          'chunks.id as chunkId',
          'chunks.document_id as documentId',
          'documents.title as documentTitle',
          'chunks.content',
          'chunks.page',
          'chunks.start_offset as startOffset',
          'chunks.end_offset as endOffset',
          'chunks.heading_path as headingPath',
        ])
        .where('chunks.id', '=', sql<string>`any(${ids}::uuid[])`)
        .where('indexings.state', '=', 'live')
        .$castTo<ChunkText>()
        .execute();
    },
  };
}
