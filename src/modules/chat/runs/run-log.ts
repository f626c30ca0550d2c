import type { EventBatch } from './run-events.repository.ts';

/** An event of a stream, in its wire form. */
export type RunEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The events of a run in this process, with ids counted from one. */
export type RunLog = {
  append(event: RunEvent): void;
  /** No more events will come; readers finish when they have read all. */
  end(): void;
  isEnded(): boolean;
  /** Whether the log has reached its size; terminal events are still taken. */
  isFull(): boolean;
  after(eventId: number): EventBatch | undefined;
  /** Resolves, once in a turn of the event loop, when there may be something new to read. */
  changed(): Promise<void>;
  /** Lets readers look around although nothing was appended. */
  wake(): void;
};

const MAX_LOG_LENGTH = 1_048_576;

export function createRunLog(): RunLog {
  const events: string[] = [];
  let length = 0;
  let hasEnded = false;
  let isWaking = false;
  let waiting: (() => void)[] = [];

  function wakeReaders(): void {
    isWaking = false;
    const readers = waiting;
    waiting = [];
    for (const resume of readers) resume();
  }

  /** What arrives in one turn of the loop is read, and written, in one piece. */
  function wake(): void {
    if (isWaking || waiting.length === 0) return;
    isWaking = true;
    setImmediate(wakeReaders);
  }

  return {
    append(event) {
      if (hasEnded) return;
      const text = JSON.stringify(event);
      events.push(text);
      length += text.length;
      wake();
    },
    end() {
      hasEnded = true;
      wake();
    },
    isEnded: () => hasEnded,
    isFull: () => length >= MAX_LOG_LENGTH,
    after(eventId) {
      if (eventId >= events.length) return undefined;
      return { firstEventId: eventId + 1, events: events.slice(eventId) };
    },
    changed: () => new Promise((resolve) => waiting.push(resolve)),
    wake,
  };
}

export type Reading = {
  readonly afterEventId: number;
  readonly signal: AbortSignal;
  /** Called once, when the reader has read all or is gone. */
  readonly onEnd: () => void;
};

/** Follows a log from an event on to its end, or until the reader is gone. */
export async function* followLog(
  log: RunLog,
  { afterEventId, signal, onEnd }: Reading,
): AsyncGenerator<EventBatch> {
  const wake = () => log.wake();
  signal.addEventListener('abort', wake, { once: true });
  try {
    let lastEventId = afterEventId;
    while (!signal.aborted) {
      const batch = log.after(lastEventId);
      if (batch) {
        yield batch;
        lastEventId += batch.events.length;
      } else if (log.isEnded()) {
        return;
      } else {
        await log.changed();
      }
    }
  } finally {
    signal.removeEventListener('abort', wake);
    onEnd();
  }
}
