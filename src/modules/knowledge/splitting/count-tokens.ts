import { createRequire } from 'node:module';
import type * as GptTokenizer from 'gpt-tokenizer';

export type TokenCounter = (text: string) => number;

// The way o200k parts text before it merges bytes, cut down to ASCII, where it needs no Unicode classes: the
// library takes three times as long. Tests hold the two to the same counts.
const CONTRACTION = String.raw`(?:'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE]))?`;
const ASCII_PIECE = new RegExp(
  String.raw`[^\r\nA-Za-z0-9]?(?:[A-Z]*[a-z]+|[A-Z]+)${CONTRACTION}|[0-9]{1,3}| ?[^\sA-Za-z0-9]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  'g',
);
const SPACE = 0x20;
const DELETE = 0x7f;
// Letters of Latin, Greek, Cyrillic and the scripts after them, up to the first space that is not ASCII's.
const FIRST_LETTER = 0xa1;
const AFTER_LETTERS = 0x1680;
// oxlint-disable-next-line no-control-regex -- the range is ASCII itself
const ASCII = /^[\u0000-\u007f]*$/;
const MAX_KNOWN = 50_000;
const MAX_KNOWN_LENGTH = 64;
// Each is seen once, and would push out words that come back.
const LONG_NUMBER = /\d{3}./;
// Merging takes the square of a piece's length: longer ones, which no language has, are counted in parts.
const UNBROKEN_LENGTH = 512;
const UNBROKEN = /\S{512}/;
const PARTS = /[\s\S]{1,512}/gu;
// A document may well write "<|endoftext|>": it is text here, not a command.
const ALL_IS_TEXT = { disallowedSpecial: new Set<string>() };

/**
 * Counts tokens of the o200k encoding. No token goes beyond a space that stands alone between words but begins with it,
 * so that words, each with the space before it, are counted by themselves, and once.
 */
export function createTokenCounter(): TokenCounter {
  const known = new Map<string, number>();
  let library: TokenCounter | undefined;

  function countByLibrary(text: string): number {
    library ??= loadLibrary();
    return library(text);
  }

  function countOnce(text: string, count: TokenCounter): number {
    const counted = known.get(text);
    if (counted !== undefined) return counted;
    const tokens = count(text);
    if (text.length > MAX_KNOWN_LENGTH || LONG_NUMBER.test(text)) return tokens;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(toOwnText(text), tokens);
    return tokens;
  }

  function countWord(word: string): number {
    if (!ASCII.test(word)) return countByLibrary(word);
    let count = 0;
    for (const piece of word.match(ASCII_PIECE) ?? []) count += countOnce(piece, countByLibrary);
    return count;
  }

  return (text) => {
    if (text.length >= UNBROKEN_LENGTH && UNBROKEN.test(text) && !ASCII.test(text))
      return countByLibrary(text);
    let count = 0;
    let start = 0;
    for (let space = text.indexOf(' ', 1); space > 0; space = text.indexOf(' ', space + 1)) {
      if (!isShown(text, space - 1) || !isShown(text, space + 1)) continue;
      count += countOnce(text.slice(start, space), countWord);
      start = space;
    }
    return count + countOnce(text.slice(start), countWord);
  };
}

/** A part of a text keeps all of it in memory; a copy does not. */
function toOwnText(part: string): string {
  return Buffer.from(part).toString();
}

/** No space for sure; where it is not told, two words are counted together, only more slowly. */
function isShown(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code > SPACE && code < DELETE) || (code >= FIRST_LETTER && code < AFTER_LETTERS);
}

/** The vocabulary takes a third of a second and 60 MB, so it waits for the first document. */
function loadLibrary(): TokenCounter {
  const load = createRequire(import.meta.url);
  const { countTokens }: Pick<typeof GptTokenizer, 'countTokens'> = load('gpt-tokenizer');
  return (text) => partsOf(text).reduce((total, part) => total + countTokens(part, ALL_IS_TEXT), 0);
}

function partsOf(text: string): readonly string[] {
  return UNBROKEN.test(text) ? (text.match(PARTS) ?? []) : [text];
}
