import type { EventBatch } from './event-batch.ts';

/** An event of a stream, in its wire form. */
export type RunEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The events of a run in this process, with ids counted from one. Readers get those that are in the shared log. */
export type RunLog = {
  append(event: RunEvent): void;
  /** No more events will come; readers finish when they have read all. */
  end(): void;
  isEnded(): boolean;
  /** Whether the log has reached its size; terminal events are still taken. */
  isFull(): boolean;
  /** What readers may have. */
  after(eventId: number): EventBatch | undefined;
  /** Stored or not. */
  allAfter(eventId: number): EventBatch | undefined;
  /** Stored or not. */
  lastEventId(): number;
  /** The last event that every process can read. */
  storedEventId(): number;
  /** Events up to this one are in the shared log: they may be told. */
  markStored(eventId: number): void;
  /** Resolves, once in a turn of the event loop, when there may be something new to read. */
  changed(): Promise<void>;
  /** Lets readers look around although nothing was stored. */
  wake(): void;
};

export type RunLogOptions = {
  /** Told, and stored, before this process had the run. */
  readonly formerEvents: readonly string[];
  /** There is something to store. */
  readonly onAppend: () => void;
};

const MAX_LOG_LENGTH = 1_048_576;

export function createRunLog({ formerEvents, onAppend }: RunLogOptions): RunLog {
  const events: string[] = [...formerEvents];
  let stored = events.length;
  let length = events.reduce((sum, text) => sum + text.length, 0);
  let hasEnded = false;
  let isWaking = false;
  let waiting: (() => void)[] = [];

  function wakeReaders(): void {
    isWaking = false;
    const readers = waiting;
    waiting = [];
    for (const resume of readers) resume();
  }

  function wake(): void {
    if (isWaking || waiting.length === 0) return;
    isWaking = true;
    setImmediate(wakeReaders);
  }

  function batch(eventId: number, last: number): EventBatch | undefined {
    if (eventId >= last) return undefined;
    return { firstEventId: eventId + 1, events: events.slice(eventId, last) };
  }

  return {
    append(event) {
      if (hasEnded) return;
      const text = JSON.stringify(event);
      events.push(text);
      length += text.length;
      onAppend();
    },
    end() {
      hasEnded = true;
      wake();
    },
    isEnded: () => hasEnded,
    isFull: () => length >= MAX_LOG_LENGTH,
    after: (eventId) => batch(eventId, stored),
    allAfter: (eventId) => batch(eventId, events.length),
    lastEventId: () => events.length,
    storedEventId: () => stored,
    markStored(eventId) {
      stored = eventId;
      wake();
    },
    changed: () => new Promise((resolve) => waiting.push(resolve)),
    wake,
  };
}

export type Reading = { readonly afterEventId: number; readonly signal: AbortSignal };

/** Follows a log from an event on to its end, or until the reader is gone. */
export async function* followLog(
  log: RunLog,
  { afterEventId, signal }: Reading,
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
  }
}
