import { describe, expect, it } from 'vitest';
import { findSentenceEnd, isFamiliar } from './sentence-ends.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const ALL = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code));
const FAMILIAR = ALL.filter(isFamiliar).join('');
const ASCII = FAMILIAR.slice(0, 128);
/** Where sentences end and what tells that they do not, over and over. */
const TELLING = 'aB1 .!?"(),-:;\t\r\n\v\f\'[]{}éÖÐжЖ\u00a0“”‘’«»–—…‼·';
const TEXTS = 4000;
const LONGEST = 40;

function ours(text: string): string[] {
  const sentences: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = findSentenceEnd(text, start);
    sentences.push(text.slice(start, end));
    start = end;
  }
  return sentences;
}

function theirs(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The same texts at each run. */
function* writeTexts(alphabet: string): Generator<string> {
  let seed = 1;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((seed / 0x80000000) * limit);
  };
  for (let count = 0; count < TEXTS; count += 1) {
    const length = random(LONGEST);
    yield Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');
  }
}

describe('findSentenceEnd', () => {
  it.each([
    ['One. Two! Three? Four', ['One. ', 'Two! ', 'Three? ', 'Four']],
    ['It weighs 3.5 kg. So what?', ['It weighs 3.5 kg. ', 'So what?']],
    ['In the U.S. law, etc. and so on.', ['In the U.S. law, etc. and so on.']],
    ['He said "No." Then he left.', ['He said "No." ', 'Then he left.']],
    ['A line\nand another\r\nand a last', ['A line\n', 'and another\r\n', 'and a last']],
  ])('parts %j', (text, sentences) => {
    expect(ours(text)).toEqual(sentences);
  });

  it('is meant for Latin and Cyrillic text', () => {
    expect(isFamiliar('“L’été” — à 5 °C … Привет!\n')).toBe(true);
    for (const text of ['世界', 'e\u0301', 'a\u00adb', 'a\u2028b', 'a\u0085b', '👋'])
      expect(isFamiliar(text)).toBe(false);
  });

  it.each([
    ['of characters that tell', TELLING],
    ['of ASCII', ASCII],
    ['of all that is familiar', FAMILIAR],
  ])('parts texts %s as Intl.Segmenter does', (_, alphabet) => {
    for (const text of writeTexts(alphabet))
      expect([text, ours(text)]).toEqual([text, theirs(text)]);
  });
});
