/** How a stream came to its end. */
export type StreamEnding =
  | { readonly kind: 'whole' }
  /** Its reader stopped reading. */
  | { readonly kind: 'left' }
  | { readonly kind: 'broken'; readonly failure: unknown };

export type StreamWatcher<T> = {
  /** Sees each event before the reader does, who waits where it takes some work; its failure breaks the stream. */
  see(event: T): Promise<void> | undefined;
  /** Once, before the reader learns of the end; what it throws is thrown in place of the failure. */
  end(ending: StreamEnding): Promise<void> | void;
};

/**
 * The same events, seen by a watcher. As a generator with `finally` would, it ends what it reads, and not while it
 * waits for an event; that one costs four promises for each event where this costs one.
 */
export function watchStream<T>(
  events: AsyncIterable<T>,
  { see, end }: StreamWatcher<T>,
): AsyncIterableIterator<T, void, void> {
  const iterator = events[Symbol.asyncIterator]();
  let reading: Promise<IteratorResult<T, void>> | undefined;
  let isOver = false;

  async function finish(ending: StreamEnding): Promise<IteratorResult<T, void>> {
    if (!isOver) {
      isOver = true;
      await end(ending);
    }
    if (ending.kind === 'broken') throw ending.failure;
    return { done: true, value: undefined };
  }

  const onFailure = (failure: unknown) => finish({ kind: 'broken', failure });

  async function leave(failure: unknown): Promise<IteratorResult<T, void>> {
    // What it says at its end is nothing to whom broke it off.
    await Promise.resolve(iterator.return?.()).catch(() => undefined);
    return onFailure(failure);
  }

  function onNext(next: IteratorResult<T, void>) {
    if (next.done) return finish({ kind: 'whole' });
    const work = see(next.value);
    return work ? work.then(() => next, leave) : next;
  }

  return {
    next: () => (reading = iterator.next().then(onNext, onFailure)),
    async return() {
      try {
        await reading?.catch(() => undefined);
        await iterator.return?.();
      } finally {
        await finish({ kind: 'left' });
      }
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
