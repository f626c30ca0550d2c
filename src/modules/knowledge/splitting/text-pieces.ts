import type { ParsedBlock } from '../parsing/parsed-document.ts';
import { findSentenceEnd, isFamiliar } from './sentence-ends.ts';
import type { TokenCounter } from './count-tokens.ts';

/** The smallest part of a document that is not divided: a sentence, or a part of one that is longer than a chunk. */
export type TextPiece = {
  readonly text: string;
  readonly startOffset: number;
  readonly tokenCount: number;
  /** Of a table or of code, which are not repeated by halves. */
  readonly isOfUnit: boolean;
};

type Options = { readonly maxTokens: number; readonly countTokens: TokenCounter };

const SENTENCES = 'sentence';
const SHRINK = 0.8;

/** Parts blocks into sentences. Put together again, the pieces of a block are its text. */
export function createPieceSplitter({ maxTokens, countTokens }: Options) {
  const segmenter = new Intl.Segmenter('en', { granularity: SENTENCES });

  function* splitBlock(block: ParsedBlock): Generator<TextPiece> {
    const isOfUnit = block.kind === 'table' || block.kind === 'code';
    const ranges = isOfUnit ? lineRanges(block.text) : sentenceRanges(block.text);
    for (const { start, end } of ranges) {
      const text = block.text.slice(start, end);
      const sentence = {
        text,
        startOffset: block.startOffset + start,
        tokenCount: countTokens(text),
        isOfUnit,
      };
      if (sentence.tokenCount <= maxTokens) yield sentence;
      else yield* divide(sentence);
    }
  }

  /** The spaces after a sentence go to the next one, as tokens have them: " Next" is one token. */
  function* sentenceRanges(text: string): Generator<{ start: number; end: number }> {
    let start = 0;
    let index = 0;
    for (const end of sentenceEnds(text)) {
      const shownEnd = end === text.length ? end : index + text.slice(index, end).trimEnd().length;
      if (shownEnd > start) yield { start, end: shownEnd };
      start = Math.max(start, shownEnd);
      index = end;
    }
  }

  function* sentenceEnds(text: string): Generator<number> {
    if (!isFamiliar(text)) {
      for (const { segment, index } of segmenter.segment(text)) yield index + segment.length;
      return;
    }
    for (let end = 0; end < text.length;) {
      end = findSentenceEnd(text, end);
      yield end;
    }
  }

  function* divide(sentence: TextPiece): Generator<TextPiece> {
    const { isOfUnit } = sentence;
    let { text, startOffset } = sentence;
    const charactersPerToken = text.length / sentence.tokenCount;
    while (text !== '') {
      const part = firstPart(text, Math.floor(maxTokens * charactersPerToken));
      yield { ...part, startOffset, isOfUnit };
      startOffset += part.text.length;
      text = text.slice(part.text.length);
    }
  }

  /** As much of the text's start as a chunk can hold. */
  function firstPart(text: string, maxLength: number): Pick<TextPiece, 'text' | 'tokenCount'> {
    let length = Math.max(1, maxLength);
    for (;;) {
      const part = text.slice(0, findCut(text, length));
      const tokenCount = countTokens(part);
      if (tokenCount <= maxTokens || length <= 1) return { text: part, tokenCount };
      length = Math.max(1, Math.floor(length * SHRINK));
    }
  }

  return splitBlock;
}

function* lineRanges(text: string): Generator<{ start: number; end: number }> {
  let start = 0;
  while (start < text.length) {
    const lineFeed = text.indexOf('\n', start);
    const end = lineFeed < 0 ? text.length : lineFeed + 1;
    yield { start, end };
    start = end;
  }
}

/** At most `length`, before a space where there is one in the second half, and never inside a character. */
function findCut(text: string, length: number): number {
  if (length >= text.length) return text.length;
  const space = Math.max(text.lastIndexOf(' ', length), text.lastIndexOf('\n', length));
  if (space > length / 2) return space;
  const isInsidePair =
    isLowSurrogate(text.charCodeAt(length)) && !isLowSurrogate(text.charCodeAt(length - 1));
  if (!isInsidePair) return length;
  return length > 1 ? length - 1 : length + 1;
}

function isLowSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xdc00 && codeUnit <= 0xdfff;
}
