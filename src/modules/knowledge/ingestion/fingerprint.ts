import type { VectorKind } from '../vectors/vector-store.ts';

/** To be raised when parsing, splitting or terms make something else of the same file. */
const TEXT_VERSION = 1;

export type FingerprintSettings = {
  readonly chunkTokens: number;
  readonly chunkOverlapTokens: number;
};

/** What an index is made with: one that bears another fingerprint is outdated, and cannot be gone on with. */
export type Fingerprint = {
  readonly whole: string;
  /** How it begins in each index of the same text. */
  readonly text: string;
  readonly hasVectors: boolean;
};

export function fingerprintOf(
  { chunkTokens, chunkOverlapTokens }: FingerprintSettings,
  kind: VectorKind | undefined,
): Fingerprint {
  const vectors = kind ? `${kind.name}/${kind.dimensions}` : 'none';
  const text = `text ${TEXT_VERSION}, chunks ${chunkTokens}/${chunkOverlapTokens}, `;
  return { whole: `${text}vectors ${vectors}`, text, hasVectors: kind !== undefined };
}
