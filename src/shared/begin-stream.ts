/** What a stream gives first, and where the rest of it comes from. */
export type BegunStream<T> = {
  readonly first: IteratorResult<T, void>;
  readonly rest: AsyncIterator<T, void, void>;
};

/**
 * A stream whose beginning takes some work, which is done once it is read. From then on its reader reads `rest`
 * itself: a generator that only passes events on would cost three promises for each of them.
 */
export function beginStream<T>(
  begin: () => Promise<BegunStream<T>>,
): AsyncIterableIterator<T, void, void> {
  let rest: AsyncIterator<T, void, void> | undefined;
  let isOver = false;

  async function start(): Promise<IteratorResult<T, void>> {
    if (isOver) return { done: true, value: undefined };
    // Where it fails there is nothing more to read.
    isOver = true;
    const begun = await begin();
    rest = begun.rest;
    return begun.first;
  }

  return {
    next: () => (rest ? rest.next() : start()),
    async return() {
      isOver = true;
      await rest?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
