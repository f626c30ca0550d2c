const SEND_INTERVAL_MS = 1000;
const SEND_TIMEOUT_MS = 4000;
const CLOSE_TIMEOUT_MS = 3000;
const MAX_ATTEMPTS = 3;

export type BatchLimits = {
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly batch: number;
  readonly batchBytes: number;
};

export type BatchDependencies<Item> = {
  readonly send: (batch: readonly Item[], signal: AbortSignal) => Promise<void>;
  readonly sizeOf: (item: Item) => number;
  readonly limits: BatchLimits;
  /** Whether a later try may succeed. */
  readonly isPassing: (error: unknown) => boolean;
  readonly onDropped: (items: number) => void;
  readonly onSent: () => void;
  readonly onFailed: (error: unknown) => void;
};

/**
 * Sends what is added in batches, in order, from a queue that cannot grow beyond its limits. A batch is
 * tried a few times; what does not fit, is refused, or is left at the end is dropped and counted.
 */
export function createBoundedBatches<Item>(dependencies: BatchDependencies<Item>) {
  const { send, sizeOf, limits, isPassing, onDropped, onSent, onFailed } = dependencies;
  const waiting: { readonly item: Item; readonly bytes: number }[] = [];
  const closing = new AbortController();
  let waitingBytes = 0;
  let failedAttempts = 0;
  let isClosed = false;
  let sending: Promise<void> | undefined;
  const timer = setInterval(() => void sendWaiting(), SEND_INTERVAL_MS).unref();

  function sendWaiting(): Promise<void> {
    sending ??= sendUntilFailure().finally(() => (sending = undefined));
    return sending;
  }

  async function sendUntilFailure(): Promise<void> {
    while (waiting.length > 0 && (await sendBatch(countOfBatch())));
  }

  function countOfBatch(): number {
    let bytes = 0;
    const end = waiting.findIndex((entry, index) => {
      bytes += entry.bytes;
      return index >= limits.batch || (index > 0 && bytes > limits.batchBytes);
    });
    return end < 0 ? waiting.length : end;
  }

  /** False where it is not the time to send more. */
  async function sendBatch(count: number): Promise<boolean> {
    const items = waiting.slice(0, count).map(({ item }) => item);
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
    try {
      await send(items, signal);
    } catch (error) {
      onFailed(error);
      failedAttempts += 1;
      if (failedAttempts < MAX_ATTEMPTS && isPassing(error)) return false;
      remove(count);
      onDropped(count);
      return false;
    }
    remove(count);
    onSent();
    return true;
  }

  function remove(count: number): void {
    for (const { bytes } of waiting.splice(0, count)) waitingBytes -= bytes;
    failedAttempts = 0;
  }

  return {
    add(item: Item): void {
      const bytes = sizeOf(item);
      const fits = waiting.length < limits.waiting && waitingBytes + bytes <= limits.waitingBytes;
      if (isClosed || !fits) return onDropped(1);
      waiting.push({ item, bytes });
      waitingBytes += bytes;
    },

    /** Sends what it can in the time there is. */
    async close(): Promise<void> {
      isClosed = true;
      clearInterval(timer);
      const deadline = setTimeout(() => closing.abort(), CLOSE_TIMEOUT_MS);
      // The first may have been on its way already; the second takes what was added meanwhile.
      await sendWaiting();
      await sendWaiting();
      clearTimeout(deadline);
      if (waiting.length > 0) onDropped(waiting.length);
      remove(waiting.length);
    },
  };
}
