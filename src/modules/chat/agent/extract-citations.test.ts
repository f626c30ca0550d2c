import { describe, expect, it } from 'vitest';
import { newId, type ChunkId, type DocumentId } from '#shared/ids';
import { createCitationExtractor, type QuotablePassage } from './extract-citations.ts';

function buildPassage(content: string, startOffset = 0): QuotablePassage {
  return {
    chunkId: newId<ChunkId>(),
    documentId: newId<DocumentId>(),
    documentTitle: 'A document',
    content,
    page: 2,
    startOffset,
  };
}

const GUARANTEE = buildPassage('The guarantee lasts two years.\nIt covers  parts\nand work.', 500);
const SPEECH = buildPassage(
  'She said "yes" to it, and “no” to that. Café at 7 °C 😀 costs $5 (a+b).',
);

function extract(text: string, passages: readonly QuotablePassage[] = [GUARANTEE, SPEECH]) {
  const extractor = createCitationExtractor(passages);
  const citations = extractor.push(text);
  return {
    citations,
    quotes: citations.map(({ quote }) => quote),
    rejected: extractor.rejectedCount(),
  };
}

describe('a citation', () => {
  it('is kept with its place in the document when its quote is in the passage', () => {
    const { citations, rejected } = extract('It is "two years" [1].');
    const { chunkId, documentId, documentTitle, page } = GUARANTEE;
    const startOffset = 500 + GUARANTEE.content.indexOf('two years');
    expect(citations).toEqual([
      {
        chunkId,
        documentId,
        documentTitle,
        page,
        quote: 'two years',
        startOffset,
        endOffset: startOffset + 9,
      },
    ]);
    expect(rejected).toBe(0);
  });

  it.each([
    ['a quote that is nowhere', 'It is "three years" [1].'],
    ['a quote of another passage', 'It is "two years" [2].'],
    ['a source that was not given', 'It is "two years" [3].'],
    ['a source zero', 'It is "two years" [0].'],
    ['a blank quote', 'It is "  " [1].'],
    ['a quote in other letters', 'It is "Two Years" [1].'],
  ])('is rejected and counted for %s', (_case, text) => {
    expect(extract(text)).toMatchObject({ citations: [], rejected: 1 });
  });

  it.each([
    ['a number alone', 'It lasts long [1].'],
    ['a quote alone', 'It is "two years".'],
    ['a number too far away', 'It is "two years", see [1].'],
    ['an apostrophe', "It is 'two years' [1]."],
  ])('is not seen in %s', (_case, text) => {
    expect(extract(text)).toMatchObject({ citations: [], rejected: 0 });
  });

  it('may stand in curly quotes', () => {
    expect(extract('It is “two years” [1].').quotes).toEqual(['two years']);
  });

  it("has the source's own text where white space differs", () => {
    expect(extract('"It covers parts and work." [1]').quotes).toEqual([
      'It covers  parts\nand work.',
    ]);
  });

  it('may itself hold quotation marks', () => {
    expect(extract('"She said "yes" to it" [2]').quotes).toEqual(['She said "yes" to it']);
    expect(extract('“and “no” to that” [2]').quotes).toEqual(['and “no” to that']);
  });

  it('is told from other quotations before it', () => {
    const text = 'He asks "why?" and "how?", but "two years" [1] and "Café at 7 °C 😀" [2].';
    expect(extract(text).quotes).toEqual(['two years', 'Café at 7 °C 😀']);
  });

  it('may hold what has a meaning in patterns', () => {
    expect(extract('"costs  $5 (a+b)." [2]').quotes).toEqual(['costs $5 (a+b).']);
  });

  it('is given once however often it is repeated', () => {
    expect(extract('"two years" [1], I say "two years" [1].').quotes).toEqual(['two years']);
  });

  it('is found whatever the pieces that the answer comes in', () => {
    const text = 'So "The guarantee lasts two years." [1] and “no” [2], not "never" [1].';
    const whole = extract(text);
    for (let size = 1; size <= 12; size += 1) {
      const extractor = createCitationExtractor([GUARANTEE, SPEECH]);
      const citations = text
        .match(new RegExp(`[^]{1,${size}}`, 'g'))
        ?.flatMap((piece) => extractor.push(piece));
      expect(citations).toEqual(whole.citations);
      expect(extractor.rejectedCount()).toBe(1);
    }
  });

  it('is always the slice of the passage that its offsets say', () => {
    const words = GUARANTEE.content.split(/\s+/);
    for (let from = 0; from < words.length; from += 1) {
      for (let to = from + 1; to <= words.length; to += 1) {
        const [citation] = extract(`"${words.slice(from, to).join(' ')}" [1]`).citations;
        const { startOffset = 0, endOffset = 0, quote } = citation ?? {};
        expect(GUARANTEE.content.slice(startOffset - 500, endOffset - 500)).toBe(quote);
      }
    }
  });

  it('costs little in a long answer full of quotes and brackets', () => {
    const answer = '"x" and ["y"] or "z" [9] '.repeat(20_000);
    const startedAt = performance.now();
    expect(extract(answer).citations).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('may itself hold what looks like a marker', () => {
    const passage = { ...GUARANTEE, content: 'As shown in [12] the seal holds.' };
    const extractor = createCitationExtractor([passage]);
    const [citation] = extractor.push('"As shown in [12] the seal holds." [1]');
    expect(citation?.quote).toBe('As shown in [12] the seal holds.');
  });
});
