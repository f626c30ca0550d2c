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
  let beginning: Promise<BegunStream<T>> | undefined;
  let rest: AsyncIterator<T, void, void> | undefined;
  let isOver = false;

  async function start(): Promise<IteratorResult<T, void>> {
    if (isOver) return { done: true, value: undefined };
    // Where it fails there is nothing more to read.
    isOver = true;
    beginning = begin();
    const begun = await beginning;
    rest = begun.rest;
    return begun.first;
  }

  return {
    next: () => (rest ? rest.next() : start()),
    async return() {
      isOver = true;
      // Who leaves while it begins leaves what has begun then.
      const begun = await beginning?.catch(() => undefined);
      await begun?.rest.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A stream that is opened once it is read: what fails there fails its first event. */
export function openWhenRead<T>(
  open: () => AsyncIterable<T, void, void> | Promise<AsyncIterable<T, void, void>>,
): AsyncIterableIterator<T, void, void> {
  return beginStream(async () => {
    const rest = (await open())[Symbol.asyncIterator]();
    return { first: await rest.next(), rest };
  });
}
