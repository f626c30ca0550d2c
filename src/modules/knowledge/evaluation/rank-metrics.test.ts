import { describe, expect, it } from 'vitest';
import { averageMetrics, hasRelevant, measureRanking } from './rank-metrics.ts';

const judged = new Map([
  ['a', 3],
  ['b', 2],
  ['c', 1],
  ['d', 0],
  ['e', -1],
]);

describe('measureRanking', () => {
  it('gives 1 to the best order', () => {
    expect(measureRanking(['a', 'b', 'c', 'x'], judged)).toEqual({
      'ndcg@10': 1,
      'recall@10': 1,
      'recall@100': 1,
      mrr: 1,
    });
  });

  it('discounts a gain by the logarithm of its rank, as trec_eval does', () => {
    const { 'ndcg@10': ndcg, mrr } = measureRanking(['x', 'b', 'd', 'a'], judged);
    // 2 / log2(3) + 3 / log2(5), over 3 + 2 / log2(3) + 1 / log2(4), by hand: 2.553889 / 4.761860.
    expect(ndcg).toBeCloseTo(0.536322, 6);
    expect(mrr).toBe(0.5);
  });

  it('counts what is found within ten and within a hundred', () => {
    const far = Array.from({ length: 150 }, (_, index) => `x${index}`);
    const ranking = [...far.slice(0, 9), 'a', ...far.slice(9, 50), 'b', ...far.slice(50), 'c'];
    const metrics = measureRanking(ranking, judged);
    expect(metrics['recall@10']).toBeCloseTo(1 / 3, 10);
    expect(metrics['recall@100']).toBeCloseTo(2 / 3, 10);
    expect(metrics.mrr).toBeCloseTo(0.1, 10);
  });

  it('takes the ten best as ideal where more are relevant', () => {
    const many = new Map(Array.from({ length: 20 }, (_, index) => [`r${index}`, 1]));
    const ranking = Array.from({ length: 10 }, (_, index) => `r${index + 5}`);
    expect(measureRanking(ranking, many)).toEqual({
      'ndcg@10': 1,
      'recall@10': 0.5,
      'recall@100': 0.5,
      mrr: 1,
    });
  });

  it('gives 0 to an empty ranking', () => {
    expect(measureRanking([], judged)).toEqual({
      'ndcg@10': 0,
      'recall@10': 0,
      'recall@100': 0,
      mrr: 0,
    });
  });
});

it('averages over questions', () => {
  const all = [measureRanking(['a', 'b', 'c'], judged), measureRanking([], judged)];
  expect(averageMetrics(all)).toEqual({
    'ndcg@10': 0.5,
    'recall@10': 0.5,
    'recall@100': 0.5,
    mrr: 0.5,
  });
  expect(averageMetrics([]).mrr).toBe(0);
});

it('knows whether anything is relevant', () => {
  expect(hasRelevant(judged)).toBe(true);
  expect(hasRelevant(new Map([['d', 0]]))).toBe(false);
});
