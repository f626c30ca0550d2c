/** What a text is found by. */
export type Terms = {
  /** How often each term occurs. */
  readonly counts: ReadonlyMap<string, number>;
  /** All occurrences together: the length that BM25 calls dl. */
  readonly length: number;
};

/** Made by `createTermExtractor()`: documents and questions go through the same one. */
export type TermExtractor = (text: string) => Terms;
