/**
 * How an answer cites, whichever model wrote it: the quoted text in straight double quotes, one space, and the
 * passage's number in square brackets:
 *
 *     "The guarantee lasts two years." [2]
 *
 * - The quote is copied byte for byte from the passage with that number; numbers count from one.
 * - It may hold quotation marks: the closing one is the one that stands right before the marker, and the opening
 *   one is the earliest after the citation before, with which the quote is found in its passage.
 * - It holds no marker of its own: a source that has ` [12]` in its text is quoted up to there or from there on.
 */
export function citeQuote(quote: string, passageId: number): string {
  return `"${quote}" [${passageId}]`;
}

/** What would be read as a marker, wherever it stands. */
export const CITATION_MARKER = / \[\d{1,3}\]/;
