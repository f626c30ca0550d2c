import type { RetrievalSettings } from '#modules/projects';
import { AppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { TermExtractor } from '../terms/terms.ts';
import type { Vectors, VectorStore } from '../vectors/vector-store.ts';
import type { QueryRewriting } from './choose-query.ts';
import { fuseRankings } from './fuse-rankings.ts';
import { goOnWithout } from './go-on-without.ts';
import type { RetrievalMode, RetrieveInput } from './knowledge-retriever.ts';
import { notConfigured } from './not-configured.ts';
import { createPassageCounts } from './passage-counts.ts';
import { refineRanking } from './refine-ranking.ts';
import type { RankedChunk, RetrievalRepository } from './retrieval.repository.ts';
import type { TextReader } from './text-reader.ts';

export type ChunkRankerDependencies = {
  readonly extractTerms: TermExtractor;
  /** The same without languages being told, for many short texts. */
  readonly extractPlainTerms: TermExtractor;
  /** Without them search is by words alone. */
  readonly vectors: Vectors | undefined;
  readonly logger: Logger;
};

/** What one search works with. */
export type Search = RetrieveInput & {
  readonly retrieval: RetrievalRepository;
  readonly readTexts: TextReader;
  readonly isMixed: boolean;
  /** Of the project, as the search met it first. */
  readonly revision: string;
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
  vectors,
  logger,
}: ChunkRankerDependencies) {
  const passageCounts = createPassageCounts();

  async function rank(search: Search, signal: AbortSignal): Promise<Ranking> {
    const { mode } = search;
    if (mode === 'vector') return rankForVector(search, requireVectors(), signal);
    if (mode === 'lexical' || !vectors)
      return { chunks: await rankByTerms(search), mode: 'lexical' };
    const [byTerms, byVector] = await Promise.all([
      rankByTerms(search),
      rankByVector(search, vectors, signal).catch(withoutVectors),
    ]);
    if (!byVector) return { chunks: byTerms, mode: 'lexical' };
    const withoutVector = await keepWithoutVector(search, vectors.store, byTerms);
    return fuse(search, { byTerms, byVector, withoutVector });
  }

  /** By vectors alone, unless some of what the words find has none that can be compared. */
  async function rankForVector(
    search: Search,
    required: Vectors,
    signal: AbortSignal,
  ): Promise<Ranking> {
    const byVector = await rankByVector(search, required, signal);
    if (!search.isMixed) return { chunks: byVector, mode: 'vector' };
    const byTerms = await rankByTerms(search);
    const withoutVector = await keepWithoutVector(search, required.store, byTerms);
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
    { kind }: VectorStore,
    ranked: readonly RankedChunk[],
  ): Promise<readonly RankedChunk[]> {
    if (!isMixed || ranked.length === 0) return [];
    const ids = ranked.map(({ chunkId }) => chunkId);
    const without = await retrieval.listWithoutVector(ids, kind);
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

  async function rankByVector(search: Search, { embedder, store }: Vectors, signal: AbortSignal) {
    const { retrieval, projectId, query, filter = {} } = search;
    const embedded = await embedder.embed([query], signal);
    const [vector] = embedded.vectors;
    if (!vector) throw new AppError('external', 'The embedding model returned no vector');
    return store.rank(retrieval, { projectId, vector, filter, limit: FUSED_RANKS }, signal);
  }

  function requireVectors(): Vectors {
    if (vectors) return vectors;
    throw notConfigured(
      'embedding',
      'Vector search needs an embedding model',
      'EMBEDDING_PROVIDER',
    );
  }

  /** A hybrid search goes on with words alone while the embedder's provider, or the store of vectors, is down. */
  function withoutVectors(error: unknown): undefined {
    return goOnWithout(error, { logger, message: 'searched without vectors' });
  }

  return rank;
}
