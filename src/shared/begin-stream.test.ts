import { expect, it } from 'vitest';
import { beginStream } from './begin-stream.ts';

async function* count(onEnd: () => void = () => undefined): AsyncGenerator<number, void, void> {
  try {
    yield 1;
    yield 2;
  } finally {
    onEnd();
  }
}

async function begun(rest: AsyncGenerator<number, void, void>) {
  return { first: await rest.next(), rest };
}

it('gives what came first, and then the rest', async () => {
  expect(await Array.fromAsync(beginStream(() => begun(count())))).toEqual([1, 2]);
});

it('begins when it is read, and not after it was left', async () => {
  let begins = 0;
  const stream = beginStream(() => {
    begins += 1;
    return begun(count());
  });
  expect(begins).toBe(0);
  await stream.return?.();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(begins).toBe(0);
});

it('ends the rest where its reader leaves', async () => {
  let ends = 0;
  for await (const number of beginStream(() => begun(count(() => (ends += 1))))) {
    expect(number).toBe(1);
    break;
  }
  expect(ends).toBe(1);
});

it('ends what begins while its reader leaves', async () => {
  let ends = 0;
  const stream = beginStream(() => begun(count(() => (ends += 1))));
  const first = stream.next();
  await stream.return?.();
  expect(await first).toEqual({ done: false, value: 1 });
  expect(ends).toBe(1);
});

it('is over where it could not begin', async () => {
  const stream = beginStream<number>(() => Promise.reject(new Error('down')));
  await expect(stream.next()).rejects.toThrow('down');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});
