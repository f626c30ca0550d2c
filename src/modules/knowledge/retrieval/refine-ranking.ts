import type { ChunkId } from '#shared/ids';
import type { TermExtractor } from '../terms/terms.ts';
import type { RankedChunk } from './retrieval.repository.ts';

export type RefinementInput = {
  readonly query: string;
  /** How much each term of the question tells: its rarity in the project, as often as it is asked for. */
  readonly weights: ReadonlyMap<string, number>;
  /** Best first. */
  readonly ranked: readonly RankedChunk[];
  readonly texts: ReadonlyMap<
    ChunkId,
    { readonly documentTitle: string; readonly content: string }
  >;
  readonly extractTerms: TermExtractor;
};

/** What each sign counts beside the BM25 score; chosen on SciFact's training split and Cranfield together. */
const SENTENCE_WEIGHT = 0.75;
const TITLE_WEIGHT = 1;
const LETTERS_WEIGHT = 0.3;
const K1 = 1.2;
const B = 0.75;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const SENTENCE_END = /(?<=[.!?])\s+|(?<=[。！？\n])/u;
const GRAM_LENGTH = 3;

/**
 * Orders the first of a ranking by words anew, by reading them: higher goes what says much of the question in one
 * sentence or in its title, and what shares parts of words with it ("biomaterials", "materials").
 */
export function refineRanking(input: RefinementInput): readonly RankedChunk[] {
  const { ranked, texts, extractTerms, weights } = input;
  const read = ranked.filter(({ chunkId }) => texts.has(chunkId));
  const letters = scoreLetters(
    input.query,
    read.map(({ chunkId }) => textOf(texts, chunkId)),
  );
  const said = (text: string) => sumOfWeights(extractTerms(text).counts.keys(), weights);
  const bonuses = new Map(
    read.map(({ chunkId }, index) => {
      const { documentTitle = '', content = '' } = texts.get(chunkId) ?? {};
      const title = said(documentTitle);
      const sentence = Math.max(title, ...content.split(SENTENCE_END).map(said));
      const bonus = SENTENCE_WEIGHT * sentence + TITLE_WEIGHT * title;
      return [chunkId, bonus + LETTERS_WEIGHT * (letters[index] ?? 0)];
    }),
  );
  return ranked
    .map(({ chunkId, score }) => ({ chunkId, score: score + (bonuses.get(chunkId) ?? 0) }))
    .toSorted((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}

function textOf(texts: RefinementInput['texts'], chunkId: ChunkId): string {
  const { documentTitle = '', content = '' } = texts.get(chunkId) ?? {};
  return `${documentTitle} ${content}`;
}

function sumOfWeights(terms: Iterable<string>, weights: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const term of terms) sum += weights.get(term) ?? 0;
  return sum;
}

/** BM25 over triples of letters, as if these texts were all there are. */
function scoreLetters(query: string, texts: readonly string[]): readonly number[] {
  const asked = new Map<string, number>();
  for (const gram of wordsOf(query).flatMap(gramsOf)) asked.set(gram, (asked.get(gram) ?? 0) + 1);
  const readWord = createWordReader(asked);
  const counted = texts.map((text) => countGrams(text, readWord));
  const meanLength = counted.reduce((sum, { length }) => sum + length, 0) / (counted.length || 1);
  const frequency = new Map<string, number>();
  for (const { counts } of counted)
    for (const gram of counts.keys()) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
  return counted.map(({ counts, length }) => {
    let score = 0;
    for (const [gram, count] of counts) {
      const holding = frequency.get(gram) ?? 0;
      const rarity = Math.log(1 + (texts.length - holding + 0.5) / (holding + 0.5));
      const saturated = (count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / meanLength));
      score += (asked.get(gram) ?? 0) * rarity * saturated;
    }
    return score;
  });
}

type ReadWord = (word: string) => { readonly length: number; readonly hits: readonly string[] };

/** Most words of a text stand in others too, and are read once. */
function createWordReader(asked: ReadonlyMap<string, number>): ReadWord {
  const known = new Map<string, ReturnType<ReadWord>>();
  return (word) => {
    const found = known.get(word);
    if (found) return found;
    const grams = gramsOf(word);
    const read = { length: grams.length, hits: grams.filter((gram) => asked.has(gram)) };
    known.set(word, read);
    return read;
  };
}

function countGrams(text: string, readWord: ReadWord) {
  const counts = new Map<string, number>();
  let total = 0;
  for (const word of wordsOf(text)) {
    const { length, hits } = readWord(word);
    total += length;
    for (const gram of hits) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return { counts, length: total };
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

function gramsOf(word: string): readonly string[] {
  const padded = `_${word}_`;
  return Array.from({ length: padded.length - GRAM_LENGTH + 1 }, (_, start) =>
    padded.slice(start, start + GRAM_LENGTH),
  );
}
