import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { keepContext } from './keep-context.ts';

const storage = new AsyncLocalStorage<string>();

async function* whoMakesThem(atEnd: (who: string | undefined) => void) {
  try {
    yield storage.getStore();
    await Promise.resolve();
    yield storage.getStore();
  } finally {
    atEnd(storage.getStore());
  }
}

it('makes events, and ends, in the context in which it was called', async () => {
  const ends: unknown[] = [];
  const open = () => keepContext(whoMakesThem((who) => ends.push(who)));
  const [whole, left] = storage.run('maker', () => [open(), open()]);
  await storage.run('reader', async () => {
    expect(await Array.fromAsync(whole)).toEqual(['maker', 'maker']);
    for await (const who of left) {
      expect([who, storage.getStore()]).toEqual(['maker', 'reader']);
      break;
    }
  });
  expect(ends).toEqual(['maker', 'maker']);
});
