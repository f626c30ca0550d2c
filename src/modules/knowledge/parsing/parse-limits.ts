const MEBIBYTE = 1024 * 1024;

/** What one document may take. Whatever exceeds a limit ends as failed, with the reason of that limit. */
export type ParseLimits = {
  /** Time the parser itself works on one document; time in which its reader works is not counted. */
  readonly timeMs: number;
  /** For the parser's heap, and again for the buffers outside the heap. */
  readonly memoryBytes: number;
  /** Pages of a PDF, slides of a presentation, chapters of a book. */
  readonly pages: number;
  /** Unpacked size of all entries of an archive, which office documents and books are. */
  readonly archiveBytes: number;
  readonly archiveEntries: number;
  /** Of all sheets of a workbook, or of a CSV file. */
  readonly cells: number;
  /** Of one row. */
  readonly columns: number;
  /** Elements within elements, in HTML and XML alike. */
  readonly depth: number;
  /** Parts of an e-mail within parts. */
  readonly mailDepth: number;
  /** Headers of an e-mail and of all its parts. */
  readonly mailHeaderBytes: number;
};

export const DEFAULT_PARSE_LIMITS: ParseLimits = {
  timeMs: 60_000,
  memoryBytes: 512 * MEBIBYTE,
  pages: 5_000,
  archiveBytes: 200 * MEBIBYTE,
  archiveEntries: 10_000,
  cells: 5_000_000,
  // As many as Excel has.
  columns: 16_384,
  depth: 2_000,
  mailDepth: 50,
  mailHeaderBytes: MEBIBYTE,
};
