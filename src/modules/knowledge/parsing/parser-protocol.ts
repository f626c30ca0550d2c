import type { DocumentMimeType } from './document-mime-type.ts';
import type { ParseLimits } from './parse-limits.ts';
import type { ParsedBlock, ParseFailure } from './parsed-document.ts';

/** To the parser's thread. Each request is answered by one reply, so the time between them is the parser's own. */
export type ParserRequest =
  | {
      readonly kind: 'start';
      readonly mimeType: DocumentMimeType;
      readonly sizeBytes: number;
      readonly limits: ParseLimits;
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> | null }
  | { readonly kind: 'next' };

export type ParserReply =
  | { readonly kind: 'need-bytes' }
  | { readonly kind: 'opened'; readonly pageCount: number | null }
  | { readonly kind: 'blocks'; readonly blocks: readonly ParsedBlock[]; readonly progress: number }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly reason: ParseFailure; readonly cause?: string };
