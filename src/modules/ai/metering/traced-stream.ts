import { traced, type SpanAttributes } from '#platform/telemetry/tracing';
import { openWhenRead } from '#shared/begin-stream';
import { keepContext } from '#shared/keep-context';
import { watchStream } from '#shared/watch-stream';

/** A span that stays open from the first event of a stream to its end; each event is made inside of it. */
export function tracedStream<T>(
  name: string,
  attributes: SpanAttributes,
  open: () => AsyncIterable<T>,
): AsyncIterableIterator<T, void, void> {
  return openWhenRead(async () => {
    const opened = Promise.withResolvers<AsyncIterable<T>>();
    // The span lasts as long as a promise: one that is settled by hand.
    const over = Promise.withResolvers<void>();
    const span = traced(name, attributes, () => {
      opened.resolve(keepContext(open()));
      return over.promise;
    });
    // A failure is thrown to who reads the stream; the span has recorded it.
    span.catch(opened.reject);
    return watchStream(await opened.promise, {
      see: () => undefined,
      end: (ending) => (ending.kind === 'broken' ? over.reject(ending.failure) : over.resolve()),
    });
  });
}
