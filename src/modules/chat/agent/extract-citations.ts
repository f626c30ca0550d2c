import type { ChunkId, DocumentId } from '#shared/ids';
import { locateQuote } from './locate-quote.ts';

/** A passage that an answer may quote, with its place in its document. */
export type QuotablePassage = {
  readonly chunkId: ChunkId;
  readonly documentId: DocumentId;
  readonly documentTitle: string;
  readonly content: string;
  readonly page: number | null;
  readonly startOffset: number;
};

/** A quote that was found, byte for byte, in a passage; offsets are into the document's extracted text. */
export type Citation = {
  readonly chunkId: ChunkId;
  readonly documentId: DocumentId;
  readonly documentTitle: string;
  readonly page: number | null;
  readonly quote: string;
  readonly startOffset: number;
  readonly endOffset: number;
};

export type CitationExtractor = {
  /** Takes the next piece of the answer and returns the citations that it completed. */
  push(text: string): readonly Citation[];
  /** Citations whose quote is not in the passage that they name. */
  rejectedCount(): number;
};

const MAX_QUOTE_LENGTH = 2000;
const MAX_OPENING_QUOTES = 16;
const MARKER = / \[(\d{1,3})\]/g;
const LONGEST_MARKER = ' [999]'.length;
const OPENING_QUOTES = new Map([
  ['"', '"'],
  ['”', '“'],
]);

/** The number of the first passage that a tool found: before it are those that were there from the beginning. */
export const FIRST_TOOL_SOURCE = 101;

/**
 * Reads `"quoted text" [n]` out of an answer as it grows; n counts the passages from one, and those of tools, which may
 * become more, from `FIRST_TOOL_SOURCE`.
 */
export function createCitationExtractor(
  passages: readonly QuotablePassage[],
  toolPassages: readonly QuotablePassage[] = [],
): CitationExtractor {
  const seen = new Set<string>();
  let text = '';
  let scannedTo = 0;
  // A quote begins after the citation before it, but may itself hold something like a marker.
  let lastCitationEnd = 0;
  let rejected = 0;

  function readMarker(marker: RegExpExecArray): Citation | undefined {
    const candidates = quotesBefore(text.slice(lastCitationEnd, marker.index));
    if (candidates.length === 0) return undefined;
    lastCitationEnd = marker.index + marker[0].length;
    const number = Number(marker[1]);
    const passage = passages[number - 1] ?? toolPassages[number - FIRST_TOOL_SOURCE];
    const citation = cite(passage, candidates);
    if (!citation) rejected += 1;
    return citation;
  }

  function isNew({ chunkId, startOffset, endOffset }: Citation): boolean {
    const key = `${chunkId} ${startOffset} ${endOffset}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  }

  return {
    push(piece) {
      const scanFrom = Math.max(scannedTo, text.length - LONGEST_MARKER);
      text += piece;
      if (!piece.includes(']')) return [];
      const found: Citation[] = [];
      for (const marker of markersFrom(text, scanFrom)) {
        const citation = readMarker(marker);
        scannedTo = marker.index + marker[0].length;
        if (citation && isNew(citation)) found.push(citation);
      }
      return found;
    },
    rejectedCount: () => rejected,
  };
}

function* markersFrom(text: string, from: number): Generator<RegExpExecArray> {
  const pattern = new RegExp(MARKER);
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) yield match;
}

/** What may have been quoted right before a marker, longest first: a quote can itself hold quotation marks. */
function quotesBefore(before: string): readonly string[] {
  const opening = OPENING_QUOTES.get(before.at(-1) ?? '');
  if (!opening) return [];
  const body = before.slice(-MAX_QUOTE_LENGTH - 1, -1);
  const quotes: string[] = [];
  let at = body.lastIndexOf(opening);
  while (at >= 0 && quotes.length < MAX_OPENING_QUOTES) {
    quotes.unshift(body.slice(at + 1));
    at = at === 0 ? -1 : body.lastIndexOf(opening, at - 1);
  }
  return quotes;
}

function cite(
  passage: QuotablePassage | undefined,
  quotes: readonly string[],
): Citation | undefined {
  if (!passage) return undefined;
  for (const quote of quotes) {
    const found = locateQuote(passage.content, quote);
    if (!found) continue;
    const { chunkId, documentId, documentTitle, page } = passage;
    const startOffset = passage.startOffset + found.index;
    const endOffset = startOffset + found.text.length;
    return { chunkId, documentId, documentTitle, page, quote: found.text, startOffset, endOffset };
  }
  return undefined;
}
