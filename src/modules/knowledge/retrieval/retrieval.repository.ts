import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ChunkId, DocumentId, ProjectId } from '#shared/ids';
import type { AttributeFilter, AttributeValue } from './attribute-filter.ts';

export type RetrievalFilter = {
  readonly documentIds?: readonly DocumentId[] | undefined;
  readonly mimeType?: string | undefined;
  readonly attributes?: AttributeFilter | undefined;
};

export type RankedChunk = { readonly chunkId: ChunkId; readonly score: number };

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

type Ranking = {
  readonly projectId: ProjectId;
  readonly filter: RetrievalFilter;
  readonly limit: number;
};

export type LexicalRanking = Ranking & {
  /** Terms of the question, each once, with how often it stands there. */
  readonly terms: readonly string[];
  readonly frequencies: readonly number[];
};

export type VectorRanking = Ranking & {
  readonly model: string;
  readonly vector: readonly number[];
};

export type RetrievalRepository = ReturnType<typeof createRetrievalRepository>;

/** Searches of one project. Only chunks of live indexings take part, in the counts as in the result. */
export function createRetrievalRepository(queries: Queries) {
  return {
    /**
     * BM25 with k1 = 1.2 and b = 0.75 (2.2 is k1 + 1, 0.3 is k1 (1 - b), 0.9 is k1 b). The literals are float8,
     * since numeric ones make the same plan five times slower. A filter narrows the result and no count, so that
     * a score does not depend on it.
     */
    async rankByTerms({
      projectId,
      terms,
      frequencies,
      filter,
      limit,
    }: LexicalRanking): Promise<readonly RankedChunk[]> {
      const result = await sql<RankedChunk>`
        with question as materialized (
          select u.term, 0.9::float8 * s.n / s.total_len as length_factor,
            u.tf * 2.2::float8 * ln(1 + (s.n - d.df + 0.5::float8) / (d.df + 0.5::float8)) as weight
          from unnest(${terms}::text[], ${frequencies}::int[]) as u (term, tf)
          join project_stats s on s.project_id = ${projectId}
          cross join lateral (
            select count(*) as df from chunk_terms t
            where t.project_id = ${projectId} and t.term = u.term and ${isVisible('t', projectId)}) d
          where d.df > 0)
        select t.chunk_id as "chunkId",
          sum(q.weight * t.tf / (t.tf + 0.3::float8 + q.length_factor * t.dl)) as score
        from question q join chunk_terms t on t.project_id = ${projectId} and t.term = q.term
        where ${isVisible('t', projectId)} and ${matches('t', projectId, filter)}
        group by t.chunk_id order by score desc, t.chunk_id limit ${limit}
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

/** Hidden indexings are few, so the set of them is hashed once a statement and asked for each row. */
function isVisible(alias: 't' | 'c', projectId: ProjectId): RawBuilder<boolean> {
  return sql`${sql.ref(`${alias}.indexing_id`)} not in (
    select i.id from indexings i where i.project_id = ${projectId} and i.state <> 'live')`;
}

function matches(
  alias: 't' | 'c',
  projectId: ProjectId,
  { documentIds, mimeType, attributes }: RetrievalFilter,
): RawBuilder<boolean> {
  if ((documentIds ?? mimeType ?? attributes) === undefined) return sql`true`;
  const byDocument = documentIds ? sql`and d.id = any(${documentIds}::uuid[])` : sql``;
  const byType = mimeType === undefined ? sql`` : sql`and d.mime_type = ${mimeType}`;
  const byAttributes = attributes ? sql`and ${hasAttributes(attributes)}` : sql``;
  return sql`${sql.ref(`${alias}.indexing_id`)} in (
    select i.id from indexings i join documents d on d.id = i.document_id
    where i.project_id = ${projectId} and i.state = 'live' ${byDocument} ${byType} ${byAttributes})`;
}

const COMPARISONS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;

function hasAttributes(filter: AttributeFilter): RawBuilder<boolean> {
  switch (filter.type) {
    case 'and':
      return joined(filter.filters.map(hasAttributes), sql` and `);
    case 'or':
      return joined(filter.filters.map(hasAttributes), sql` or `);
    case 'eq':
      return isEqual(filter.key, filter.value);
    case 'ne':
      return sql`not ${isEqual(filter.key, filter.value)}`;
    case 'in':
      return isOneOf(filter.key, filter.value);
    case 'nin':
      return sql`not ${isOneOf(filter.key, filter.value)}`;
    default:
      return compare(filter.key, COMPARISONS[filter.type], filter.value);
  }
}

function joined(
  conditions: readonly RawBuilder<boolean>[],
  operator: RawBuilder<unknown>,
): RawBuilder<boolean> {
  return sql`(${sql.join(conditions, operator)})`;
}

function isEqual(key: string, value: AttributeValue): RawBuilder<boolean> {
  return sql`(d.attributes @> ${JSON.stringify({ [key]: value })}::jsonb)`;
}

function isOneOf(key: string, values: readonly AttributeValue[]): RawBuilder<boolean> {
  return joined(
    values.map((value) => isEqual(key, value)),
    sql` or `,
  );
}

/** Values of another type than the one given match no comparison. */
function compare(
  key: string,
  operator: RawBuilder<unknown>,
  value: AttributeValue,
): RawBuilder<boolean> {
  const given = sql`${JSON.stringify(value)}::jsonb`;
  return sql`(jsonb_typeof(d.attributes -> ${key}) = jsonb_typeof(${given})
    and d.attributes -> ${key} ${operator} ${given})`;
}
