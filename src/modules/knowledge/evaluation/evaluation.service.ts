import { payingFor } from '#modules/ai';
import type { DocumentId } from '#shared/ids';
import type { KnowledgeRetriever, RetrievalMode } from '../retrieval/knowledge-retriever.ts';
import type { createTextIndexer, ScratchProject } from './index-texts.ts';
import { averageMetrics, measureRanking, type RankMetrics } from './rank-metrics.ts';
import type { Collection } from './read-collection.ts';

export type EvaluationInput = ScratchProject & {
  readonly collection: Collection;
  readonly mode: RetrievalMode | undefined;
  /** Told after each text and each question. */
  readonly onProgress: (step: 'texts' | 'questions', done: number, of: number) => void;
};

export type RetrievalReport = {
  readonly metrics: RankMetrics;
  readonly mode: RetrievalMode;
  readonly texts: number;
  readonly passages: number;
  readonly questions: number;
  /** Of one search, in milliseconds. */
  readonly searchMs: { readonly p50: number; readonly p95: number };
};

/** Ranks that are asked for: those that the deepest metric looks at. */
const DEPTH = 100;

/** Measures retrieval as it is set up, on a collection whose answers are known. */
export function createEvaluationService({
  indexer,
  retrieve,
  now,
}: {
  readonly indexer: ReturnType<typeof createTextIndexer>;
  readonly retrieve: KnowledgeRetriever['retrieve'];
  readonly now: () => number;
}) {
  async function indexAll(
    { collection, onProgress, ...project }: EvaluationInput,
    signal: AbortSignal,
  ): Promise<{ readonly names: ReadonlyMap<DocumentId, string>; readonly passages: number }> {
    const fileId = await indexer.addFile(project);
    const names = new Map<DocumentId, string>();
    let passages = 0;
    for (const text of collection.texts) {
      signal.throwIfAborted();
      const indexed = await indexer.index(text, { ...project, fileId }, signal);
      names.set(indexed.id, text.id);
      passages += indexed.passages;
      onProgress('texts', names.size, collection.texts.length);
    }
    return { names, passages };
  }

  return {
    /** Fills the project with the collection, which must be empty before, and asks all of its questions. */
    async evaluate(input: EvaluationInput, signal: AbortSignal): Promise<RetrievalReport> {
      const { collection, teamId, projectId, onProgress } = input;
      const { names, passages } = await indexAll(input, signal);
      const measured: RankMetrics[] = [];
      const times: number[] = [];
      const modes = new Set<RetrievalMode>();
      for (const { id, text } of collection.questions) {
        const startedAt = now();
        const asked = { teamId, projectId, query: text, mode: input.mode, topK: DEPTH };
        const found = await payingFor({ teamId, projectId, userId: null }, () =>
          retrieve(asked, signal),
        );
        times.push(now() - startedAt);
        modes.add(found.mode);
        const ranking = found.passages.map(({ documentId }) => names.get(documentId) ?? '');
        const judged = collection.judgements.get(id) ?? new Map<string, number>();
        measured.push(measureRanking([...new Set(ranking)], judged));
        onProgress('questions', measured.length, collection.questions.length);
      }
      return {
        metrics: averageMetrics(measured),
        // One search by words alone where vectors were asked for makes the whole measurement one of words.
        mode: modes.has('lexical') ? 'lexical' : ([...modes][0] ?? 'lexical'),
        texts: collection.texts.length,
        passages,
        questions: collection.questions.length,
        searchMs: { p50: percentile(times, 0.5), p95: percentile(times, 0.95) },
      };
    },
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
