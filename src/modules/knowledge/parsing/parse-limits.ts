const MEBIBYTE = 1024 * 1024;

export type ParseLimits = {
  /** Time the parser itself works on one document; time in which its reader works is not counted. */
  readonly timeMs: number;
  /** For the parser's heap, and again for the buffers outside the heap. */
  readonly memoryBytes: number;
  readonly pages: number;
  /** Unpacked size of all entries of an archive such as DOCX. */
  readonly archiveBytes: number;
  readonly archiveEntries: number;
};

export const DEFAULT_PARSE_LIMITS: ParseLimits = {
  timeMs: 60_000,
  memoryBytes: 512 * MEBIBYTE,
  pages: 5_000,
  archiveBytes: 200 * MEBIBYTE,
  archiveEntries: 10_000,
};
