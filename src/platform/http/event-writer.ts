import type { ServerResponse } from 'node:http';
import type { EventStreamLimits } from './event-streams.ts';

/** Why a stream ended without our `end()`. */
export type StreamCloseReason = 'client_gone' | 'stalled' | 'overflow' | 'shutdown';

export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError';
  readonly reason: StreamCloseReason;

  constructor(reason: StreamCloseReason) {
    super(`The event stream is closed: ${reason}`);
    this.reason = reason;
  }
}

export type EventWriter = ReturnType<typeof createEventWriter>;

/** Writes to a reader that may be slow or gone: in one piece a turn, and never more than the buffer holds. */
export function createEventWriter(raw: ServerResponse, limits: EventStreamLimits) {
  const closing = new AbortController();
  const stall = createStall(raw, limits.stallMs);
  let pending = '';
  let isEnded = false;
  let waiting: (() => void)[] = [];

  function write(text: string): void {
    if (isEnded || closing.signal.aborted) return;
    // Behind what this turn still sends, and before the connection is written: the first event leaves with the head.
    if (pending === '') process.nextTick(flush);
    pending += text;
    if (raw.writableLength + pending.length > limits.maxBufferBytes) close('overflow');
  }

  function flush(): void {
    if (pending === '' || raw.destroyed) return;
    const text = pending;
    pending = '';
    if (raw.write(text)) release();
    else stall.start(() => close('stalled'));
  }

  function release(): void {
    stall.stop();
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  }

  /** Nobody takes the rest: it is thrown away with the connection. */
  function close(reason: StreamCloseReason): void {
    if (closing.signal.aborted) return;
    pending = '';
    closing.abort(new StreamClosedError(reason));
    if (reason !== 'shutdown') raw.destroy();
  }

  raw.on('drain', release);
  raw.once('close', () => {
    if (!isEnded) close('client_gone');
    release();
  });

  return {
    closed: closing.signal,
    write,
    close,
    end(text: string): void {
      if (isEnded || closing.signal.aborted) return;
      isEnded = true;
      // A reader that stalls now must not hold the connection for ever.
      stall.start(() => raw.destroy());
      raw.end(pending + text);
      pending = '';
    },
    ready(): Promise<void> | undefined {
      const hasRoom = !raw.writableNeedDrain && pending.length < raw.writableHighWaterMark;
      if (hasRoom || closing.signal.aborted) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

function createStall(raw: ServerResponse, stallMs: number) {
  let timer: NodeJS.Timeout | undefined;
  raw.once('close', () => clearTimeout(timer));
  return {
    start(onStalled: () => void): void {
      timer ??= setTimeout(onStalled, stallMs);
    },
    stop(): void {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
