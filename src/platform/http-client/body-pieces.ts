import type { Dispatcher } from 'undici';

/** The body of an answer: filled from its connection, and read by one reader, no faster than that one reads. */
export type BodyPieces = AsyncIterable<Buffer> & {
  push(piece: Buffer): void;
  end(): void;
  fail(error: unknown): void;
};

type Result = IteratorResult<Buffer, undefined>;
type Waiting = {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/** What may lie here unread before the connection is told to wait. */
const MAX_UNREAD_BYTES = 65_536;
const DONE: Result = { done: true, value: undefined };

export function createBodyPieces(
  connection: Dispatcher.DispatchController,
  maxBytes: number,
): BodyPieces {
  let unread: Buffer[] = [];
  let unreadBytes = 0;
  let totalBytes = 0;
  let waiting: Waiting | undefined;
  let over: { readonly error?: unknown } | undefined;

  /** All that has come since the last time, as one. */
  function take(): Buffer {
    const [first = Buffer.alloc(0), ...others] = unread;
    const all = others.length === 0 ? first : Buffer.concat(unread);
    unread = [];
    unreadBytes = 0;
    if (connection.paused) connection.resume();
    return all;
  }

  function next(): Promise<Result> {
    if (unread.length > 0) return Promise.resolve({ done: false, value: take() });
    if (!over) return new Promise((resolve, reject) => (waiting = { resolve, reject }));
    return 'error' in over ? Promise.reject(over.error) : Promise.resolve(DONE);
  }

  function close(how: { readonly error?: unknown }): void {
    if (over) return;
    over = how;
    if (!waiting) return;
    if ('error' in how) waiting.reject(how.error);
    else waiting.resolve(DONE);
    waiting = undefined;
  }

  return {
    push(piece) {
      if (over) return;
      totalBytes += piece.length;
      if (totalBytes > maxBytes) return connection.abort(new Error('the answer is too large'));
      if (waiting) {
        waiting.resolve({ done: false, value: piece });
        waiting = undefined;
        return;
      }
      unread.push(piece);
      unreadBytes += piece.length;
      if (unreadBytes > MAX_UNREAD_BYTES) connection.pause();
    },
    end: () => close({}),
    fail: (error) => close({ error }),
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        const isWhole = over !== undefined;
        close({});
        unread = [];
        if (!isWhole) connection.abort(new Error('nobody reads the answer'));
        return DONE;
      },
    }),
  };
}
