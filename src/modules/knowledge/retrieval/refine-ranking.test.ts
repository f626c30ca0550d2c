import { describe, expect, it } from 'vitest';
import type { ChunkId } from '#shared/ids';
import { newId } from '#shared/ids';
import { createTermExtractor } from '../terms/term-extractor.ts';
import { refineRanking } from './refine-ranking.ts';

const extractTerms = createTermExtractor({ detectsLanguage: false });
const FIRST = newId<ChunkId>();
const SECOND = newId<ChunkId>();

type Text = { readonly documentTitle: string; readonly content: string };

/** Ranks two texts, of which BM25 put the first a little higher. */
function refine(query: string, first: Partial<Text>, second: Partial<Text>) {
  const terms = [...extractTerms(query).counts.keys()];
  const texts = new Map([
    [FIRST, { documentTitle: '', content: '', ...first }],
    [SECOND, { documentTitle: '', content: '', ...second }],
  ]);
  const ranked = [
    { chunkId: FIRST, score: 5.1 },
    { chunkId: SECOND, score: 5 },
  ];
  const weights = new Map(terms.map((term) => [term, 2]));
  return refineRanking({ query, weights, ranked, texts, extractTerms });
}

describe('refineRanking', () => {
  it('puts what one sentence says before what is scattered', () => {
    const scattered = { content: 'An owl sat there. Mice hunt too. It was night.' };
    const together = { content: 'It was dark there. An owl hunts in the night. Mice too.' };
    expect(refine('owl hunt night', scattered, together)[0]?.chunkId).toBe(SECOND);
  });

  it('counts Chinese sentences, which end without a space', () => {
    const scattered = { content: '长城很长。蚕丝很细。熊猫很大。' };
    const together = { content: '蚕丝和长城都有名。熊猫很大。很细。' };
    expect(refine('长城 蚕丝', scattered, together)[0]?.chunkId).toBe(SECOND);
  });

  it('puts higher what is about the question by its title', () => {
    const titled = { documentTitle: 'Owls', content: 'They sleep by day.' };
    expect(refine('owl', { content: 'They sleep by day.' }, titled)[0]?.chunkId).toBe(SECOND);
  });

  it('sees parts of words', () => {
    const related = { content: 'Nanomaterials are studied.' };
    expect(refine('biomaterials', { content: 'Trees are studied.' }, related)[0]?.chunkId).toBe(
      SECOND,
    );
  });

  it('leaves the order where the texts say nothing more', () => {
    const same = { content: 'Nothing at all.' };
    const ranked = refine('owl', same, same);
    expect(ranked.map(({ chunkId }) => chunkId)).toEqual([FIRST, SECOND]);
    expect(ranked[0]?.score).toBe(5.1);
    expect(refine('?!', {}, {})[0]?.chunkId).toBe(FIRST);
  });
});
