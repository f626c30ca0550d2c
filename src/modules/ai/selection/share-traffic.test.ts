import { expect, it } from 'vitest';
import { buildModel } from '../testing/catalogue-models.ts';
import { drawFor, isVariantOf, shareTraffic } from './share-traffic.ts';

const base = buildModel('base');
const tuned = buildModel('tuned', { base: 'base', trafficShare: 0.3 });
const other = buildModel('other', { base: 'openai/base', trafficShare: 0.2 });

/** Numbers that are the same in each run, spread evenly (Weyl's sequence by the golden ratio). */
function drawEvenly(): () => number {
  const GOLDEN = 0.618_033_988_749_895;
  let drawn = 0;
  return () => (drawn = (drawn + GOLDEN) % 1);
}

it('gives each variant its share, and the model the rest', () => {
  const draw = drawEvenly();
  const counts = { base: 0, tuned: 0, other: 0 };
  for (let count = 0; count < 10_000; count += 1) {
    const { name } = shareTraffic(base, [tuned, other], draw);
    if (name === 'base' || name === 'tuned' || name === 'other') counts[name] += 1;
  }
  expect(counts.tuned / 10_000).toBeCloseTo(0.3, 2);
  expect(counts.other / 10_000).toBeCloseTo(0.2, 2);
  expect(counts.base / 10_000).toBeCloseTo(0.5, 2);
});

it('gives everything to a share of one, and draws nothing where there is no variant', () => {
  const whole = buildModel('whole', { base: 'base', trafficShare: 1 });
  expect(shareTraffic(base, [whole], () => 0.999_999)).toBe(whole);
  const neverDrawn = () => {
    throw new Error('drawn');
  };
  expect(shareTraffic(base, [], neverDrawn)).toBe(base);
});

it('knows the variants of a model by its name, with or without its provider', () => {
  const unshared = buildModel('unshared', { base: 'base' });
  const foreign = buildModel('foreign', { base: 'another', trafficShare: 1 });
  const found = [base, tuned, other, unshared, foreign].filter(isVariantOf(base));
  expect(found).toEqual([tuned, other]);
});

it('draws the same for a conversation, and evenly over conversations', () => {
  expect(drawFor('session-1')).toBe(drawFor('session-1'));
  const draws = Array.from({ length: 2000 }, (_, index) => drawFor(`session-${index}`));
  expect(draws.every((drawn) => drawn >= 0 && drawn < 1)).toBe(true);
  expect(draws.filter((drawn) => drawn < 0.25).length / 2000).toBeCloseTo(0.25, 1);
});
