import type { ParsedBlock } from '../parsing/parsed-document.ts';
import type { TokenCounter } from './count-tokens.ts';

/** The smallest part of a document that is not divided: a sentence, or a part of one that is longer than a chunk. */
export type TextPiece = {
  readonly text: string;
  readonly startOffset: number;
  readonly tokenCount: number;
};

type Options = { readonly maxTokens: number; readonly countTokens: TokenCounter };

const SENTENCES = 'sentence';
const SHRINK = 0.8;

/** Parts blocks into sentences. Put together again, the pieces of a block are its text. */
export function createPieceSplitter({ maxTokens, countTokens }: Options) {
  const segmenter = new Intl.Segmenter('en', { granularity: SENTENCES });

  function* splitBlock(block: ParsedBlock): Generator<TextPiece> {
    for (const { start, end } of sentenceRanges(block.text)) {
      const text = block.text.slice(start, end);
      const sentence = {
        text,
        startOffset: block.startOffset + start,
        tokenCount: countTokens(text),
      };
      if (sentence.tokenCount <= maxTokens) yield sentence;
      else yield* divide(sentence);
    }
  }

  /** The spaces after a sentence go to the next one, as tokens have them: " Next" is one token. */
  function* sentenceRanges(text: string): Generator<{ start: number; end: number }> {
    let start = 0;
    for (const { segment, index } of segmenter.segment(text)) {
      const end = index + segment.length;
      const shownEnd = end === text.length ? end : index + segment.trimEnd().length;
      if (shownEnd > start) yield { start, end: shownEnd };
      start = Math.max(start, shownEnd);
    }
  }

  function* divide(sentence: TextPiece): Generator<TextPiece> {
    let { text, startOffset } = sentence;
    const charactersPerToken = text.length / sentence.tokenCount;
    while (text !== '') {
      const part = firstPart(text, Math.floor(maxTokens * charactersPerToken));
      yield { ...part, startOffset };
      startOffset += part.text.length;
      text = text.slice(part.text.length);
    }
  }

  /** As much of the text's start as a chunk can hold. */
  function firstPart(text: string, maxLength: number): Omit<TextPiece, 'startOffset'> {
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
