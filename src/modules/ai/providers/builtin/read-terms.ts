import { FUNCTION_WORD_LIST } from './function-words.ts';

export type TermReader = {
  /** The distinct terms of a text, in the form in which questions and sentences are compared. */
  readTerms(text: string): ReadonlySet<string>;
  /** Those that say what a question is about. */
  readContentTerms(text: string): ReadonlySet<string>;
};

// What word order and endings hang on comes after these: "refund", "refunds" and "refundable" are one term.
const STEM_LENGTH = 5;
const ASCII = /^\p{ASCII}*$/u;
const ASCII_WORD = /[a-z0-9]+/g;
const PLAIN_WORD = /^[a-z]+$/;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const NUMBER = /\p{N}/u;
const MARK = /\p{M}+/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Terms without a dictionary: words in lower case, cut to a stem; scripts without spaces by `Intl.Segmenter`. */
export function createTermReader(): TermReader {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
  const functionWords = new Set(FUNCTION_WORD_LIST.flatMap(readWords));

  function readWords(text: string): readonly string[] {
    const plain = text.normalize('NFKC').toLowerCase();
    // Most text, and ten times as fast without Unicode's classes.
    if (ASCII.test(plain)) return plain.match(ASCII_WORD) ?? [];
    return (plain.match(WORD) ?? []).flatMap((word) =>
      UNSPACED.test(word) ? segmentWords(word) : word,
    );
  }

  function segmentWords(run: string): readonly string[] {
    return [...segmenter.segment(run)].flatMap(({ segment, isWordLike }) =>
      isWordLike ? segment : [],
    );
  }

  return {
    readTerms: (text) => new Set(readWords(text).map(toTerm)),
    readContentTerms(text) {
      const words = readWords(text).filter((word) => !functionWords.has(word));
      return new Set(words.map(toTerm));
    },
  };
}

/** Numbers stay whole, 2024 is not 20245, and so do the words of scripts without spaces. */
function toTerm(word: string): string {
  if (PLAIN_WORD.test(word)) return word.slice(0, STEM_LENGTH);
  if (NUMBER.test(word) || UNSPACED.test(word)) return word;
  return word.normalize('NFD').replaceAll(MARK, '').slice(0, STEM_LENGTH);
}
