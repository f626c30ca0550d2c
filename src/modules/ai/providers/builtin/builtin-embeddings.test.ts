import { expect, it } from 'vitest';
import { neverAborted } from '../../testing/chat-requests.ts';
import { createBuiltinEmbeddingModel } from './builtin-embeddings.ts';

const model = createBuiltinEmbeddingModel(256);

function similarity(left: readonly number[] = [], right: readonly number[] = []): number {
  return left.reduce((sum, value, position) => sum + value * (right[position] ?? 0), 0);
}

it('gives one vector of length one for each text', async () => {
  const { vectors } = await model.embed(['The guarantee lasts two years', '', '!?'], neverAborted);
  expect(vectors).toHaveLength(3);
  for (const vector of vectors) {
    expect(vector).toHaveLength(256);
    expect(similarity(vector, vector)).toBeCloseTo(1);
  }
});

it('brings texts nearer that share words', async () => {
  const { vectors } = await model.embed(
    ['How long is the guarantee?', 'The guarantee is two years long.', 'Bananas grow in Ecuador.'],
    neverAborted,
  );
  const [question, near, far] = vectors;
  expect(similarity(question, near)).toBeGreaterThan(similarity(question, far) + 0.2);
});

it('gives the same vector for the same text', async () => {
  const { vectors } = await model.embed(['ein Text', 'ein Text'], neverAborted);
  const [first, second] = vectors;
  expect(first).toEqual(second);
});
