import { AsyncLocalStorage } from 'node:async_hooks';
import { traced, type SpanAttributes } from '#platform/telemetry/tracing';

type StreamSpan = {
  /** Runs `work` as a child of the span. */
  inside<T>(work: () => T): T;
  end(): void;
  fail(error: unknown): void;
};

/** A span that stays open from the first event of a stream to its end; each event is made inside of it. */
export function tracedStream<T>(
  name: string,
  attributes: SpanAttributes,
  open: () => AsyncIterable<T>,
): AsyncIterableIterator<T, void, void> {
  let started: { readonly span: StreamSpan; readonly events: AsyncIterator<T> } | undefined;

  function start() {
    const span = openSpan(name, attributes);
    return { span, events: span.inside(open)[Symbol.asyncIterator]() };
  }

  return {
    next() {
      const { span, events } = (started ??= start());
      return span
        .inside(() => events.next())
        .then(
          (next) => {
            if (next.done) span.end();
            return next;
          },
          (error: unknown) => {
            span.fail(error);
            throw error;
          },
        );
    },
    async return() {
      try {
        await started?.span.inside(() => started?.events.return?.());
      } finally {
        started?.span.end();
      }
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
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
