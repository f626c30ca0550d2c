import { detectLatinLanguage } from './detect-language.ts';
import { ENGLISH_STOP_WORDS } from './english-stop-words.ts';
import { foldWord } from './fold-word.ts';
import { stemByScript, stemInLanguage } from './stemmers.ts';
import type { TermExtractor, Terms } from './terms.ts';
import { createUnspacedTerms } from './unspaced-terms.ts';

// Numbers keep their points (3.5, 2.4.1); whatever parts words is no part of them.
const ASCII_WORD = /\d+(?:\.\d+)+|[a-z0-9]+/g;
const WORD = /\p{Nd}+(?:\.\p{Nd}+)+|[\p{L}\p{M}\p{N}]+/gu;
const GROUPED_NUMBER = /(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)/g;
// oxlint-disable-next-line no-control-regex -- the range is ASCII itself
const ASCII = /^[\u0000-\u007f]*$/;
// Its own term, which nobody needs to remember.
const NUMBER = /^\d[\d.]*$/;
const MAX_TERM_LENGTH = 64;
const MAX_KNOWN_WORDS = 50_000;
// English prose has 0.3 to 0.5 of these words; languages that share some of them stay below 0.1.
const ENGLISH_STOP_WORD_SHARE = 0.15;

/**
 * Makes the function that both documents and questions go through.
 *
 * A short question's language is often not to be told, and a question and its document must still meet. So each
 * word has a term that depends on the word alone: folded, and stemmed by the rules of its script, which for Latin
 * letters are those of English, stop words left out. Text that is clearly in another language has, beside these,
 * the stems of that language where they differ. A language told wrongly then adds terms that nothing has, and
 * takes none away. To read many short texts, detection can be left out.
 */
export function createTermExtractor({
  detectsLanguage = true,
}: { readonly detectsLanguage?: boolean } = {}): TermExtractor {
  const known = new Map<string, string>();
  const takeUnspaced = createUnspacedTerms();

  /** Empty for a stop word. */
  function termOf(word: string): string {
    if (NUMBER.test(word)) return shorten(word);
    const found = known.get(word);
    if (found !== undefined) return found;
    const term = ENGLISH_STOP_WORDS.has(word) ? '' : shorten(stemByScript(foldWord(word)));
    if (known.size >= MAX_KNOWN_WORDS) known.clear();
    known.set(word, term);
    return term;
  }

  return (text) => {
    const isAscii = ASCII.test(text);
    const folded = ungroupNumbers(
      (isAscii ? text : text.normalize('NFKC').replaceAll('\u00AD', '')).toLowerCase(),
    );
    const { terms: unspaced, rest } = isAscii ? { terms: [], rest: folded } : takeUnspaced(folded);
    const words = rest.match(isAscii ? ASCII_WORD : WORD) ?? [];
    const terms = words.map(termOf);
    return countTerms([
      ...unspaced.map(shorten),
      ...terms,
      ...(detectsLanguage ? languageTerms(rest, { words, terms }) : []),
    ]);
  };
}

/** The stems that a text's own language adds to those of its words' script. */
function languageTerms(
  text: string,
  { words, terms }: { words: readonly string[]; terms: readonly string[] },
): string[] {
  const stopWordCount = terms.filter((term) => term === '').length;
  if (words.length === 0 || stopWordCount / words.length >= ENGLISH_STOP_WORD_SHARE) return [];
  const language = detectLatinLanguage(text);
  if (language === undefined) return [];
  return words
    .map((word) => shorten(foldWord(stemInLanguage(word, language))))
    .filter((stem, index) => terms[index] !== '' && stem !== terms[index]);
}

function countTerms(terms: readonly string[]): Terms {
  const counts = new Map<string, number>();
  let length = 0;
  for (const term of terms) {
    if (term === '') continue;
    counts.set(term, (counts.get(term) ?? 0) + 1);
    length += 1;
  }
  return { counts, length };
}

function ungroupNumbers(text: string): string {
  return text.includes(',')
    ? text.replaceAll(GROUPED_NUMBER, (number) => number.replaceAll(',', ''))
    : text;
}

function shorten(term: string): string {
  return term.length > MAX_TERM_LENGTH ? term.slice(0, MAX_TERM_LENGTH).toWellFormed() : term;
}
