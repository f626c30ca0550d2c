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
// oxlint-disable-next-line no-control-regex -- the range is ASCII itself
const ASCII = /^[\u0000-\u007f]*$/;
const MAX_KNOWN_PIECES = 50_000;
// Merging takes the square of a piece's length: longer ones, which no language has, are counted in parts.
const UNBROKEN = /\S{512}/;
const PARTS = /[\s\S]{1,512}/gu;
// A document may well write "<|endoftext|>": it is text here, not a command.
const ALL_IS_TEXT = { disallowedSpecial: new Set<string>() };

/** Counts tokens of the o200k encoding; pieces that were seen before are not counted anew. */
export function createTokenCounter(): TokenCounter {
  const known = new Map<string, number>();
  let library: TokenCounter | undefined;

  function countByLibrary(text: string): number {
    library ??= loadLibrary();
    return library(text);
  }

  function countPiece(piece: string): number {
    const counted = known.get(piece);
    if (counted !== undefined) return counted;
    const count = countByLibrary(piece);
    if (known.size >= MAX_KNOWN_PIECES) known.clear();
    known.set(piece, count);
    return count;
  }

  return (text) => {
    if (!ASCII.test(text)) return countByLibrary(text);
    let count = 0;
    for (const piece of text.match(ASCII_PIECE) ?? []) count += countPiece(piece);
    return count;
  };
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
