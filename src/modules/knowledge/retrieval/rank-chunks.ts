import type { EmbeddingModel } from '#modules/ai';
import type { RetrievalSettings } from '#modules/projects';
import { AppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { TermExtractor } from '../terms/terms.ts';
import type { QueryRewriting } from './choose-query.ts';
import { fuseRankings } from './fuse-rankings.ts';
import { goOnWithout } from './go-on-without.ts';
import type { RetrievalMode, RetrieveInput } from './knowledge-retriever.ts';
import { notConfigured } from './not-configured.ts';
import { createPassageCounts } from './passage-counts.ts';
import { refineRanking } from './refine-ranking.ts';
import type { RankedChunk, RetrievalRepository, VectorRanking } from './retrieval.repository.ts';
import type { TextReader } from './text-reader.ts';
import type { VectorIndexesRepository } from './vector-indexes.repository.ts';
import { EXACT_PASSAGES } from './vector-indexing.service.ts';

export type ChunkRankerDependencies = {
  readonly extractTerms: TermExtractor;
  /** The same without languages being told, for many short texts. */
  readonly extractPlainTerms: TermExtractor;
  readonly embedder: EmbeddingModel | undefined;
  readonly vectorIndexes: Pick<VectorIndexesRepository, 'exists'>;
  readonly logger: Logger;
};

/** What one search works with. */
export type Search = RetrieveInput & {
  readonly retrieval: RetrievalRepository;
  readonly readTexts: TextReader;
  readonly isMixed: boolean;
  readonly mode: RetrievalMode;
  readonly topK: number;
  readonly vectorWeight: number;
  readonly reranking: NonNullable<RetrievalSettings['reranking']>;
  readonly neighbours: number;
  readonly rewriting: QueryRewriting;
};

type Arms = Readonly<Record<'byTerms' | 'byVector' | 'withoutVector', readonly RankedChunk[]>>;
export type Ranking = { readonly chunks: readonly RankedChunk[]; readonly mode: RetrievalMode };

/** Ranks of each arm that take part in a fusion. */
const FUSED_RANKS = 100;
/** The first of a ranking, which are read to order them anew: more find no more. */
export const REREAD_RANKS = 30;

/** Ranks the chunks of a project by their words, by their vectors, or by both. */
export function createChunkRanker({
  extractTerms,
  extractPlainTerms,
  embedder,
  vectorIndexes,
  logger,
}: ChunkRankerDependencies) {
  const passageCounts = createPassageCounts();

  async function rank(search: Search, signal: AbortSignal): Promise<Ranking> {
    const { mode } = search;
    if (mode === 'vector') return rankForVector(search, requireEmbedder(), signal);
    if (mode === 'lexical' || !embedder)
      return { chunks: await rankByTerms(search), mode: 'lexical' };
    const [byTerms, byVector] = await Promise.all([
      rankByTerms(search),
      rankByVector(search, embedder, signal).catch(withoutVectors),
    ]);
    if (!byVector) return { chunks: byTerms, mode: 'lexical' };
    const withoutVector = await keepWithoutVector(search, embedder, byTerms);
    return fuse(search, { byTerms, byVector, withoutVector });
  }

  /** By vectors alone, unless some of what the words find has none that can be compared. */
  async function rankForVector(
    search: Search,
    model: EmbeddingModel,
    signal: AbortSignal,
  ): Promise<Ranking> {
    const byVector = await rankByVector(search, model, signal);
    if (!search.isMixed) return { chunks: byVector, mode: 'vector' };
    const byTerms = await rankByTerms(search);
    const withoutVector = await keepWithoutVector(search, model, byTerms);
    if (withoutVector.length === 0) return { chunks: byVector, mode: 'vector' };
    return fuse(search, { byTerms, byVector, withoutVector });
  }

  function fuse({ vectorWeight }: Search, arms: Arms): Ranking {
    const weighted = [
      { chunks: arms.byTerms, weight: 1 },
      { chunks: arms.byVector, weight: vectorWeight },
      { chunks: arms.withoutVector, weight: vectorWeight },
    ];
    return { chunks: fuseRankings(weighted), mode: 'hybrid' };
  }

  /**
   * Vectors of two models cannot be compared. Until passages have theirs of the model in force, how their words rank
   * them among themselves stands for how their vectors would.
   */
  async function keepWithoutVector(
    { isMixed, retrieval }: Search,
    model: EmbeddingModel,
    ranked: readonly RankedChunk[],
  ): Promise<readonly RankedChunk[]> {
    if (!isMixed || ranked.length === 0) return [];
    const ids = ranked.map(({ chunkId }) => chunkId);
    const without = await retrieval.listWithoutVector(ids, model);
    return ranked.filter(({ chunkId }) => without.has(chunkId));
  }

  async function rankByTerms(search: Search): Promise<readonly RankedChunk[]> {
    const { projectId, query, filter = {} } = search;
    const { counts } = extractTerms(query);
    if (counts.size === 0) return [];
    const terms = [...counts.keys()];
    const { chunks, weights, counted } = await search.retrieval.rankByTerms({
      projectId,
      terms,
      frequencies: [...counts.values()],
      counted: passageCounts.recall(projectId, terms),
      filter,
      limit: FUSED_RANKS,
    });
    passageCounts.remember(projectId, counted);
    if (search.reranking === 'none') return chunks;
    const ranked = chunks.slice(0, REREAD_RANKS);
    const texts = await search.readTexts(ranked.map(({ chunkId }) => chunkId));
    return [
      ...refineRanking({ query, weights, ranked, texts, extractTerms: extractPlainTerms }),
      ...chunks.slice(REREAD_RANKS),
    ];
  }

  async function rankByVector(search: Search, model: EmbeddingModel, signal: AbortSignal) {
    const { vectors } = await model.embed([search.query], signal);
    const [vector] = vectors;
    if (!vector) throw new AppError('external', 'The embedding model returned no vector');
    const { retrieval, projectId, filter = {} } = search;
    const ranking = { projectId, model: model.name, vector, filter, limit: FUSED_RANKS };
    if (await isIndexed(search, ranking)) {
      const near = await retrieval.rankByIndexedVector(ranking);
      if (near.length === FUSED_RANKS) return near;
    }
    return retrieval.rankByVector(ranking);
  }

  async function isIndexed({ retrieval, projectId }: Search, { model, vector }: VectorRanking) {
    if ((await retrieval.countPassages(projectId)) <= EXACT_PASSAGES) return false;
    return vectorIndexes.exists({ model, dimensions: vector.length });
  }

  function requireEmbedder(): EmbeddingModel {
    if (embedder) return embedder;
    throw notConfigured(
      'embedding',
      'Vector search needs an embedding model',
      'EMBEDDING_PROVIDER',
    );
  }

  /** A hybrid search goes on with words alone while the embedder's provider is down. */
  function withoutVectors(error: unknown): undefined {
    return goOnWithout(error, { logger, message: 'searched without vectors' });
  }

  return rank;
}
