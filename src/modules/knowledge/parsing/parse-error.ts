import type { ParseFailure } from './parsed-document.ts';

/** Why a document cannot be parsed, in a form that crosses from the parser's thread. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly reason: ParseFailure;

  constructor(reason: ParseFailure, cause?: unknown) {
    super(PARSE_FAILURES[reason], { cause });
    this.reason = reason;
  }
}

/** What the person who uploaded the document is told. */
const PARSE_FAILURES: Record<ParseFailure, string> = {
  empty_file: 'The file is empty.',
  encrypted: 'The file is protected by a password. Remove the protection and upload it again.',
  damaged: 'The file is damaged or is not what it claims to be.',
  archive_too_large: 'The file unpacks to more than is allowed.',
  too_many_pages: 'The file has more pages or slides than are allowed.',
  too_many_cells: 'The file has more cells than are allowed.',
  too_many_parts: 'The e-mail has more parts than are allowed.',
  too_deep: 'The content of the file is nested deeper than is allowed.',
  parse_timeout: 'The file took too long to read.',
  parse_memory: 'The file needs too much memory to read.',
  no_text: 'The file has no text. A scanned document needs text recognition first.',
};
