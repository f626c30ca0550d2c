import type { ChunkDraft } from '../splitting/chunk-draft.ts';
import type { TermExtractor } from '../terms/terms.ts';
import type { Postings } from './indexings.repository.ts';

/** Drafts that are written together, with their postings. */
export type DraftBatch = {
  readonly drafts: readonly ChunkDraft[];
  readonly postings: Postings;
  readonly totalLength: number;
};

/** About a tenth of a second of an embedded database, which nobody else can use meanwhile. */
const MAX_POSTINGS = 5000;
const MAX_CHUNKS = 64;
const MAX_SMALLINT = 32_767;

/**
 * Collects drafts and their terms into batches of bounded size. A chunk is also found by its document's title and
 * its headings, which its own text does not repeat.
 */
export function createBatchBuilder({
  title,
  extractTerms,
}: {
  title: string;
  extractTerms: TermExtractor;
}) {
  let batch = emptyBatch();
  let context = { key: '', terms: extractTerms(title) };

  function contextTerms(headingPath: readonly string[]) {
    const key = headingPath.join('\n');
    if (key !== context.key) context = { key, terms: extractTerms(`${title}\n${key}`) };
    return context.terms;
  }

  return {
    add(draft: ChunkDraft): void {
      batch.drafts.push(draft);
      const own = extractTerms(draft.content);
      const around = contextTerms(draft.headingPath);
      const counts = new Map(own.counts);
      for (const [term, count] of around.counts) counts.set(term, (counts.get(term) ?? 0) + count);
      for (const [term, count] of counts) {
        batch.rows.push({
          term,
          chunk: batch.drafts.length,
          frequency: Math.min(count, MAX_SMALLINT),
        });
      }
      batch.lengths.push(Math.min(own.length + around.length, MAX_SMALLINT));
    },

    isFull: (): boolean => batch.rows.length >= MAX_POSTINGS || batch.drafts.length >= MAX_CHUNKS,
    isEmpty: (): boolean => batch.drafts.length === 0,

    /** Hands over what was collected, and begins anew. */
    take(): DraftBatch {
      const { drafts, rows, lengths } = batch;
      batch = emptyBatch();
      // In the order of the index, so that neighbouring postings touch the same page once.
      rows.sort((a, b) => compareText(a.term, b.term) || a.chunk - b.chunk);
      return {
        drafts,
        totalLength: lengths.reduce((sum, length) => sum + length, 0),
        postings: {
          terms: rows.map((row) => row.term),
          chunks: rows.map((row) => row.chunk),
          frequencies: rows.map((row) => row.frequency),
          lengths,
        },
      };
    },
  };
}

function emptyBatch() {
  const drafts: ChunkDraft[] = [];
  const rows: { term: string; chunk: number; frequency: number }[] = [];
  const lengths: number[] = [];
  return { drafts, rows, lengths };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
