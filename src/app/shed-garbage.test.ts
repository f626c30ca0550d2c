import { expect, it } from 'vitest';
import { shedGarbage } from './shed-garbage.ts';

it('gives room of the heap back that nothing is in any more', () => {
  const heapBytes = () => process.memoryUsage().heapTotal;
  let filler: readonly object[] = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  const filled = heapBytes();
  filler = filler.slice(0, 1);
  shedGarbage();
  expect(heapBytes()).toBeLessThan(filled);
  expect(filler).toHaveLength(1);
});
