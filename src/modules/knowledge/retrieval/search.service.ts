import type { Metrics } from '#platform/telemetry/metrics';
import { traced } from '#platform/telemetry/tracing';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type { ProjectReader } from '../project-reader.ts';
import { chooseQuery } from './choose-query.ts';
import { goOnWithout } from './go-on-without.ts';
import { joinNeighbours } from './join-neighbours.ts';
import type {
  KnowledgeRetriever,
  Retrieval,
  RetrievedPassage,
  RetrieveInput,
} from './knowledge-retriever.ts';
import { notConfigured } from './not-configured.ts';
import {
  createChunkRanker,
  REREAD_RANKS,
  type ChunkRankerDependencies,
  type Ranking,
  type Search,
} from './rank-chunks.ts';
import type { Reranker } from './reranker.ts';
import type { RankedChunk, RetrievalRepository } from './retrieval.repository.ts';
import { suppressDuplicates } from './suppress-duplicates.ts';
import { createTextReader } from './text-reader.ts';

export type SearchInput = Omit<RetrieveInput, 'teamId'>;

export type SearchService = KnowledgeRetriever & {
  /** @throws NOT_FOUND for the project, SERVICE_UNAVAILABLE for vectors without an embedder, or a reranker that is not there */
  search(actor: Actor, input: SearchInput, signal: AbortSignal): Promise<Retrieval>;
};

export type SearchServiceDependencies = ChunkRankerDependencies & {
  readonly retrievalOf: (teamId: TeamId) => RetrievalRepository;
  readonly projects: ProjectReader;
  readonly reranker?: Reranker | undefined;
  readonly metrics: Pick<Metrics, 'retrievalDurationSeconds'>;
  /** The same retrieval, of which somebody is told. */
  readonly observed: (retrieve: KnowledgeRetriever['retrieve']) => KnowledgeRetriever['retrieve'];
  readonly settings: {
    readonly topK: number;
    readonly vectorWeight: number;
    /** Of an index that the settings in force make. */
    readonly fingerprint: string;
  };
};

/** Copies are left out of what is read, so that more is read than is shown. */
const READ_PER_SHOWN = 2;
const MOST_REPEATS = 3;

export function createSearchService(dependencies: SearchServiceDependencies): SearchService {
  const { retrievalOf, projects, reranker, metrics, logger, settings } = dependencies;
  const rankChunks = createChunkRanker(dependencies);

  async function findPassages(input: RetrieveInput, signal: AbortSignal): Promise<Retrieval> {
    const stopTimer = metrics.retrievalDurationSeconds.startTimer();
    const search = await prepare(input, signal);
    const { query, rewriting } = search;
    const described = { 'retrieval.mode': search.mode, 'retrieval.rewriting': rewriting };
    const found = await traced('retrieve', described, () => findInOneState(search, signal));
    stopTimer({ mode: found.mode });
    return { ...found, query, rewriting };
  }

  /**
   * While documents are renewed, two statements may meet two states of one of them, and rank by halves of each: then
   * it is searched again.
   */
  async function findInOneState(
    search: Search,
    signal: AbortSignal,
    repeats = 0,
  ): Promise<Pick<Retrieval, 'passages' | 'mode'>> {
    const { retrieval, projectId } = search;
    const { chunks, mode } = await rerank(search, await rankChunks(search, signal), signal);
    const found = { passages: await toPassages(search, chunks), mode };
    if (!search.isMixed || repeats === MOST_REPEATS) return found;
    const { isMixed, revision } = await retrieval.findProject(projectId, settings.fingerprint);
    if (revision === search.revision) return found;
    const readTexts = createTextReader(retrieval);
    return findInOneState({ ...search, isMixed, revision, readTexts }, signal, repeats + 1);
  }

  /** What is asked for, else what the project says, else what the deployment has. */
  async function prepare(input: RetrieveInput, signal: AbortSignal): Promise<Search> {
    const retrieval = retrievalOf(input.teamId);
    const project = await retrieval.findProject(input.projectId, settings.fingerprint);
    const { settings: own, isMixed, revision } = project;
    if (own.reranking === 'model' && !reranker)
      throw notConfigured(
        'reranker',
        'The project is searched with a reranker',
        'RERANKER_BASE_URL',
      );
    const { extractTerms } = dependencies;
    const rewriting = { setting: own.queryRewriting, extractTerms };
    return {
      ...input,
      ...(await chooseQuery(input, rewriting, signal)),
      retrieval,
      readTexts: createTextReader(retrieval),
      isMixed,
      revision,
      mode: input.mode ?? own.mode ?? 'hybrid',
      topK: input.topK ?? own.topK ?? settings.topK,
      vectorWeight: own.vectorWeight ?? settings.vectorWeight,
      reranking: own.reranking ?? (reranker ? 'model' : 'words'),
      neighbours: input.neighbours ?? own.neighbours ?? 0,
    };
  }

  /** The first in the order of the reranker, which keep the scores that the first had. */
  async function rerank(search: Search, ranking: Ranking, signal: AbortSignal): Promise<Ranking> {
    if (search.reranking !== 'model' || !reranker || ranking.chunks.length === 0) return ranking;
    const ranked = ranking.chunks.slice(0, REREAD_RANKS);
    const texts = await search.readTexts(ranked.map(({ chunkId }) => chunkId));
    const read = ranked.flatMap(({ chunkId }) => texts.get(chunkId) ?? []);
    const contents = read.map(({ documentTitle, content }) => `${documentTitle}\n${content}`);
    const scores = await reranker
      .rerank(search.query, contents, signal)
      .catch((error: unknown) =>
        goOnWithout(error, { logger, message: 'searched without the reranker' }),
      );
    if (!scores) return ranking;
    const order = read
      .map(({ chunkId }, index) => ({ chunkId, relevance: scores[index] ?? 0 }))
      .toSorted((a, b) => b.relevance - a.relevance);
    const first = order.map(({ chunkId }, index) => ({
      chunkId,
      score: ranked[index]?.score ?? 0,
    }));
    return { ...ranking, chunks: [...first, ...ranking.chunks.slice(REREAD_RANKS)] };
  }

  async function toPassages(
    { topK, neighbours, readTexts, retrieval }: Search,
    ranked: readonly RankedChunk[],
  ): Promise<readonly RetrievedPassage[]> {
    const first = ranked.slice(0, topK * READ_PER_SHOWN);
    const texts = await readTexts(first.map(({ chunkId }) => chunkId));
    const found = first.flatMap(({ chunkId, score }) => {
      const chunk = texts.get(chunkId);
      return chunk ? [{ ...chunk, score }] : [];
    });
    const passages = suppressDuplicates(found, topK);
    if (neighbours === 0 || passages.length === 0) return passages;
    const ids = passages.map(({ chunkId }) => chunkId);
    const around = await retrieval.listNeighbours(ids, neighbours);
    return joinNeighbours(passages, around, neighbours);
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
