import { AsyncLocalStorage } from 'node:async_hooks';
import { traced, type SpanAttributes } from '#platform/telemetry/tracing';

type StreamSpan = {
  /** Runs `work` as a child of the span. */
  inside<T>(work: () => T): T;
  end(): void;
  fail(error: unknown): void;
};

/** A span that stays open from the first event of a stream to its end; each event is made inside of it. */
export async function* tracedStream<T>(
  name: string,
  attributes: SpanAttributes,
  open: () => AsyncIterable<T>,
): AsyncGenerator<T, void, void> {
  const span = openSpan(name, attributes);
  const events = span.inside(open)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await span.inside(() => events.next());
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    await span.inside(() => events.return?.());
    span.end();
  }
}

function directly<T>(work: () => T): T {
  return work();
}

/** `traced` lasts as long as a promise: here one that is settled by hand, with its context taken along. */
function openSpan(name: string, attributes: SpanAttributes): StreamSpan {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let inside: StreamSpan['inside'] = directly;
  const closed = traced(name, attributes, () => {
    inside = AsyncLocalStorage.snapshot();
    return promise;
  });
  // The failure is thrown to who reads the stream; the span has recorded it.
  closed.catch(() => {});
  return { inside: (work) => inside(work), end: resolve, fail: reject };
}
