import { describe, expect, it } from 'vitest';
import { oneAhead } from './one-ahead.ts';

describe('one ahead', () => {
  it('gives the items in order, and makes each while the one before is worked on', async () => {
    const events: string[] = [];
    async function* make() {
      for (const item of [1, 2, 3]) {
        events.push(`made ${item}`);
        yield item;
      }
    }
    for await (const item of oneAhead(make())) {
      await Promise.resolve();
      events.push(`done ${item}`);
    }
    expect(events).toEqual(['made 1', 'made 2', 'done 1', 'made 3', 'done 2', 'done 3']);
  });

  it('fails after the items that were made before the failure', async () => {
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of oneAhead(failAfterOne())) seen.push(item);
    })();
    await expect(reading).rejects.toThrow('no more');
    expect(seen).toEqual([1]);
  });

  it('ends what makes the items when the reader leaves', async () => {
    let isEnded = false;
    async function* make() {
      try {
        for (;;) yield 1;
      } finally {
        isEnded = true;
      }
    }
    for await (const _ of oneAhead(make())) break;
    expect(isEnded).toBe(true);
  });
});

async function* failAfterOne() {
  yield 1;
  throw new Error('no more');
}
