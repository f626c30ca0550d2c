import type { ChunkDraft } from '../splitting/chunk-draft.ts';
import type { TermExtractor } from '../terms/terms.ts';
import type { Postings } from './indexing-writes.repository.ts';

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
      for (const [term, count] of own.counts)
        batch.add(term, count + (around.counts.get(term) ?? 0));
      for (const [term, count] of around.counts) if (!own.counts.has(term)) batch.add(term, count);
      batch.lengths.push(Math.min(own.length + around.length, MAX_SMALLINT));
    },

    isFull: (): boolean => batch.size() >= MAX_POSTINGS || batch.drafts.length >= MAX_CHUNKS,
    isEmpty: (): boolean => batch.drafts.length === 0,

    /** Hands over what was collected, and begins anew. */
    take(): DraftBatch {
      const { drafts, lengths, listPostings } = batch;
      batch = emptyBatch();
      return {
        drafts,
        totalLength: lengths.reduce((sum, length) => sum + length, 0),
        postings: { ...listPostings(), lengths },
      };
    },
  };
}

type TermPostings = { readonly chunks: number[]; readonly frequencies: number[] };

function emptyBatch() {
  const drafts: ChunkDraft[] = [];
  const lengths: number[] = [];
  const byTerm = new Map<string, TermPostings>();
  let size = 0;

  function postingsOf(term: string): TermPostings {
    const found = byTerm.get(term);
    if (found) return found;
    const postings = { chunks: [], frequencies: [] };
    byTerm.set(term, postings);
    return postings;
  }

  return {
    drafts,
    lengths,
    size: () => size,

    /** Of the chunk that was added last. */
    add(term: string, count: number): void {
      const { chunks, frequencies } = postingsOf(term);
      chunks.push(drafts.length);
      frequencies.push(Math.min(count, MAX_SMALLINT));
      size += 1;
    },

    /** In the order of the index, so that neighbouring postings touch the same page once. */
    listPostings(): Omit<Postings, 'lengths'> {
      const terms: string[] = [];
      const chunks: number[] = [];
      const frequencies: number[] = [];
      // By code units: the same order everywhere.
      for (const term of [...byTerm.keys()].toSorted(compareText)) {
        const postings = postingsOf(term);
        for (const chunk of postings.chunks) {
          terms.push(term);
          chunks.push(chunk);
        }
        for (const frequency of postings.frequencies) frequencies.push(frequency);
      }
      return { terms, chunks, frequencies };
    },
  };
}

/** No two are the same. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
