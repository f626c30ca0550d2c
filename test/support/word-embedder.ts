import type { EmbeddingModel } from '../../src/modules/ai/embedding-model.ts';

const DIMENSIONS = 64;

/** A stand-in for an embedding model: texts are near each other by the words they share. */
export function createWordEmbedder(name = 'words'): EmbeddingModel {
  return {
    name,
    dimensions: DIMENSIONS,
    embed: async (texts) => ({ vectors: texts.map(embedWords) }),
  };
}

function embedWords(text: string): readonly number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    const place = [...word].reduce((sum, letter) => sum * 31 + (letter.codePointAt(0) ?? 0), 7);
    const index = place % DIMENSIONS;
    vector[index] = (vector[index] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
