import type { DocumentMimeType } from './document-mime-type.ts';

/** A heading, paragraph, list item, some rows of a table or a piece of code. The texts of all blocks, put together, are the document's extracted text. */
export type ParsedBlock = {
  /** Tables and code are kept whole where they fit, and their lines otherwise. */
  readonly kind: 'heading' | 'text' | 'table' | 'code';
  /** Ends with the line breaks that part it from the next block. */
  readonly text: string;
  /** UTF-16 code units into the extracted text. */
  readonly startOffset: number;
  /** A page of a PDF or a slide of a presentation, from one on; null in formats without pages. */
  readonly page: number | null;
  /** Titles of the headings it stands under, outermost first; a heading's own title included. */
  readonly headingPath: readonly string[];
};

export type ParsedDocument = {
  /** Null in formats without pages. */
  readonly pageCount: number | null;
  /** To be read once, to its end; leaving the loop early stops the parser. */
  readonly blocks: AsyncIterable<ParsedBlock>;
  /** Share of the document parsed so far, 0 to 1. */
  progress(): number;
};

export type ParseSource = {
  /** What `detectMimeType` told from the content. */
  readonly mimeType: DocumentMimeType;
  readonly content: AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
};

export type ParseFailure =
  | 'empty_file'
  | 'encrypted'
  | 'damaged'
  | 'archive_too_large'
  | 'too_many_pages'
  | 'too_many_cells'
  | 'too_many_parts'
  | 'too_deep'
  | 'parse_timeout'
  | 'parse_memory'
  | 'no_text';

export interface DocumentParser {
  /**
   * Parses off the event loop, a part at a time as `blocks` is read.
   * @throws AppError `invalid` with a ParseFailure as its reason, here or while `blocks` is read; errors of `content` pass unchanged.
   */
  parse(source: ParseSource, signal: AbortSignal): Promise<ParsedDocument>;
  /** Ends the parser's threads; a document being parsed fails. */
  close(): Promise<void>;
}
