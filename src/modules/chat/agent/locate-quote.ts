export type LocatedQuote = { readonly index: number; readonly text: string };

const WHITESPACE = /\s+/;
const PATTERN_CHARACTERS = /[.*+?^${}()|[\]\\]/g;

/** Finds a quote in its source: exactly, or with other white space between its words. The text is the source's own. */
export function locateQuote(source: string, quote: string): LocatedQuote | undefined {
  if (quote.trim() === '') return undefined;
  const index = source.indexOf(quote);
  if (index >= 0) return { index, text: quote };
  const match = new RegExp(patternOf(quote), 'u').exec(source);
  return match ? { index: match.index, text: match[0] } : undefined;
}

function patternOf(quote: string): string {
  const words = quote.trim().split(WHITESPACE);
  return words
    .map((word) => word.replaceAll(PATTERN_CHARACTERS, String.raw`\$&`))
    .join(String.raw`\s+`);
}
