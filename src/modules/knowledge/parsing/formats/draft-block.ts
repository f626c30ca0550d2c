import type { ParsedBlock } from '../parsed-document.ts';

/** A block before its place in the extracted text is known. */
export type DraftBlock = Omit<ParsedBlock, 'startOffset'>;

/** An opened document of one format. */
export type FormatReader = {
  readonly pageCount: number | null;
  readonly blocks: AsyncIterable<DraftBlock>;
  /** Where bytes read do not tell how far it is. */
  progress?(): number;
};
