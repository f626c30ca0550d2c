import type { EmbeddingModel } from '#modules/ai';
import { AppError, isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { traced } from '#platform/telemetry/tracing';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type { ProjectReader } from '../project-reader.ts';
import type { TermExtractor } from '../terms/terms.ts';
import { fuseRankings } from './fuse-rankings.ts';
import type {
  KnowledgeRetriever,
  Retrieval,
  RetrievalMode,
  RetrievedPassage,
  RetrieveInput,
} from './knowledge-retriever.ts';
import type { RankedChunk, RetrievalRepository } from './retrieval.repository.ts';

export type SearchInput = Omit<RetrieveInput, 'teamId'>;

export type SearchService = KnowledgeRetriever & {
  /** @throws NOT_FOUND for the project, SERVICE_UNAVAILABLE for vectors without an embedder */
  search(actor: Actor, input: SearchInput, signal: AbortSignal): Promise<Retrieval>;
};

export type SearchServiceDependencies = {
  readonly retrievalOf: (teamId: TeamId) => RetrievalRepository;
  readonly projects: ProjectReader;
  readonly extractTerms: TermExtractor;
  readonly embedder: EmbeddingModel | undefined;
  readonly metrics: Pick<Metrics, 'retrievalDurationSeconds'>;
  readonly logger: Logger;
  /** The same retrieval, of which somebody is told. */
  readonly observed: (retrieve: KnowledgeRetriever['retrieve']) => KnowledgeRetriever['retrieve'];
  readonly settings: { readonly topK: number; readonly vectorWeight: number };
};

/** Ranks of each arm that take part in a fusion. */
const FUSED_RANKS = 100;
const PROVIDER_FAILURES = new Set(['external', 'unavailable', 'timeout']);

export function createSearchService(dependencies: SearchServiceDependencies): SearchService {
  const { retrievalOf, projects, extractTerms, embedder, metrics, logger, settings } = dependencies;

  async function findPassages(input: RetrieveInput, signal: AbortSignal): Promise<Retrieval> {
    const stopTimer = metrics.retrievalDurationSeconds.startTimer();
    const asked = input.mode ?? 'hybrid';
    const retrieval = await traced('retrieve', { 'retrieval.mode': asked }, () => run(asked));
    stopTimer({ mode: retrieval.mode });
    return retrieval;

    async function run(mode: RetrievalMode): Promise<Retrieval> {
      const ranked = await rank(mode, input, signal);
      const passages = await withTexts(input, ranked.chunks.slice(0, input.topK ?? settings.topK));
      return { passages, mode: ranked.mode };
    }
  }

  async function rank(
    mode: RetrievalMode,
    input: RetrieveInput,
    signal: AbortSignal,
  ): Promise<{ chunks: readonly RankedChunk[]; mode: RetrievalMode }> {
    if (mode === 'vector')
      return { chunks: await rankByVector(input, requireEmbedder(), signal), mode };
    if (mode === 'lexical' || !embedder)
      return { chunks: await rankByTerms(input), mode: 'lexical' };
    const [byTerms, byVector] = await Promise.all([
      rankByTerms(input),
      rankByVector(input, embedder, signal).catch(withoutVectors),
    ]);
    if (!byVector) return { chunks: byTerms, mode: 'lexical' };
    const arms = [
      { chunks: byTerms, weight: 1 },
      { chunks: byVector, weight: settings.vectorWeight },
    ];
    return { chunks: fuseRankings(arms), mode: 'hybrid' };
  }

  async function rankByTerms({ teamId, projectId, query, filter = {} }: RetrieveInput) {
    const { counts } = extractTerms(query);
    if (counts.size === 0) return [];
    return retrievalOf(teamId).rankByTerms({
      projectId,
      terms: [...counts.keys()],
      frequencies: [...counts.values()],
      filter,
      limit: FUSED_RANKS,
    });
  }

  async function rankByVector(input: RetrieveInput, model: EmbeddingModel, signal: AbortSignal) {
    const { vectors } = await model.embed([input.query], signal);
    const [vector] = vectors;
    if (!vector) throw new AppError('external', 'The embedding model returned no vector');
    return retrievalOf(input.teamId).rankByVector({
      projectId: input.projectId,
      model: model.name,
      vector,
      filter: input.filter ?? {},
      limit: FUSED_RANKS,
    });
  }

  function requireEmbedder(): EmbeddingModel {
    if (embedder) return embedder;
    throw new AppError(
      'unavailable',
      'Vector search needs an embedding model: set EMBEDDING_PROVIDER',
      {
        reason: 'embedding.not_configured',
        details: { setting: 'EMBEDDING_PROVIDER' },
      },
    );
  }

  /** A hybrid search goes on with words alone while the embedder's provider is down. */
  function withoutVectors(error: unknown): undefined {
    if (!isAppError(error) || !PROVIDER_FAILURES.has(error.kind)) throw error;
    logger.warn({ err: error }, 'searched without vectors');
  }

  async function withTexts(
    { teamId }: RetrieveInput,
    ranked: readonly RankedChunk[],
  ): Promise<readonly RetrievedPassage[]> {
    if (ranked.length === 0) return [];
    const texts = await retrievalOf(teamId).listTexts(ranked.map(({ chunkId }) => chunkId));
    const byId = new Map(texts.map((chunk) => [chunk.chunkId, chunk]));
    return ranked.flatMap(({ chunkId, score }) => {
      const chunk = byId.get(chunkId);
      return chunk ? [{ ...chunk, score }] : [];
    });
  }

  const retrieve = dependencies.observed(findPassages);
  return {
    retrieve,

    async search(actor, input, signal) {
      await projects.get(actor, { id: input.projectId });
      return retrieve({ ...input, teamId: actor.teamId }, signal);
    },
  };
}
