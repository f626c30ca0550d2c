import type { EmbeddingModel } from '../../embedding-model.ts';
import { createTermReader } from './read-terms.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SIGN_BIT = 0x80000000;

/**
 * A stand-in for tests of the vector path: terms hashed into a vector. It knows words and no meaning, and was
 * measured to make retrieval worse than words alone.
 */
export function createBuiltinEmbeddingModel(dimensions: number): EmbeddingModel {
  const reader = createTermReader();

  function embedText(text: string): readonly number[] {
    const vector = Array.from({ length: dimensions }, (): number => 0);
    for (const term of reader.readTerms(text)) {
      const hash = hashTerm(term);
      const position = hash % dimensions;
      vector[position] = (vector[position] ?? 0) + (hash & SIGN_BIT ? 1 : -1);
    }
    const length = Math.hypot(...vector);
    if (length > 0) return vector.map((value) => value / length);
    // A text without words still needs a direction: nothing is near a vector of zeros.
    return vector.map((_value, position) => (position === 0 ? 1 : 0));
  }

  return {
    name: 'builtin-hashed',
    dimensions,
    async embed(texts, signal) {
      signal.throwIfAborted();
      return { vectors: texts.map(embedText) };
    },
  };
}

/** FNV-1a over UTF-16 code units. */
function hashTerm(term: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < term.length; index += 1) {
    hash = Math.imul(hash ^ term.charCodeAt(index), FNV_PRIME);
  }
  return hash >>> 0;
}
