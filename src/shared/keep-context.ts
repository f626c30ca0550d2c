import { AsyncLocalStorage } from 'node:async_hooks';

/** The same events, made in the context of this call: a generator runs in that of whoever asks it. */
export function keepContext<T>(events: AsyncIterable<T>): AsyncIterableIterator<T, void, void> {
  const inside = AsyncLocalStorage.snapshot();
  const iterator = events[Symbol.asyncIterator]();
  const step = () => iterator.next();

  async function end(): Promise<IteratorResult<T, void>> {
    await iterator.return?.();
    return { done: true, value: undefined };
  }

  return {
    next: () => inside(step),
    return: () => inside(end),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
