/** A passage as it will be stored: `content` is the extracted text from `startOffset` to `endOffset`. */
export type ChunkDraft = {
  /** Counts from zero. */
  readonly ordinal: number;
  readonly content: string;
  readonly tokenCount: number;
  /** Page on which it starts; null in formats without pages. */
  readonly page: number | null;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly headingPath: readonly string[];
};

export type SplitOptions = {
  readonly chunkSizeTokens: number;
  readonly overlapTokens: number;
  readonly countTokens: (text: string) => number;
};
