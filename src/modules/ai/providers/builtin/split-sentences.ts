import { CITATION_MARKER } from '../../citation-syntax.ts';

const LONGEST_QUOTE = 480;
const SHORTEST_BREAK = LONGEST_QUOTE / 4;
// Where a sentence that is too long may be divided, the best first.
const BREAKS = [/[;；。.!?！？]\s*/gu, /[,，、:：]\s*/gu, /\s+/gu];
// The segmenter takes the full stop of these for the end of a sentence.
const ABBREVIATION =
  /(?:^|[\s("„“])(?:\p{Lu}|\d{1,2}|abs|approx|art|bzw|ca|dr|e\.g|etc|fig|i\.e|inkl|jr|mr|mrs|ms|no|nr|p|pp|prof|sec|sr|st|str|usw|vgl|vs|z\.\s?b)\.\s*$/iu;
const LINE_END = /[\n\r\u2029]$/;
const MARKERS = new RegExp(CITATION_MARKER, 'g');

export type SentenceSplitter = (text: string) => readonly string[];

/** Splits a passage into pieces that can be quoted as they are: each stands byte for byte in the text. */
export function createSentenceSplitter(): SentenceSplitter {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });
  return (text) => {
    const segments = Array.from(segmenter.segment(text), ({ segment }) => segment);
    return joinAbbreviations(segments)
      .flatMap((sentence) => sentence.split(MARKERS))
      .flatMap(divideLong)
      .map((piece) => piece.trim())
      .filter((piece) => piece !== '');
  };
}

function joinAbbreviations(segments: readonly string[]): readonly string[] {
  const sentences: string[] = [];
  let open = '';
  for (const segment of segments) {
    open += segment;
    if (ABBREVIATION.test(open) && !LINE_END.test(open)) continue;
    sentences.push(open);
    open = '';
  }
  return open === '' ? sentences : [...sentences, open];
}

/** Some scripts end sentences with a space or not at all, and tables have none. */
function divideLong(sentence: string): readonly string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > LONGEST_QUOTE) {
    const length = breakBefore(rest);
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return [...pieces, rest];
}

function breakBefore(text: string): number {
  const head = text.slice(0, LONGEST_QUOTE);
  for (const pattern of BREAKS) {
    const last = [...head.matchAll(pattern)].at(-1);
    const end = last ? last.index + last[0].length : 0;
    if (end > SHORTEST_BREAK) return end;
  }
  // Not between the halves of a surrogate pair.
  return head.isWellFormed() ? LONGEST_QUOTE : LONGEST_QUOTE - 1;
}
