import type { Clock } from '#platform/clock/clock';
import { timedOut } from './endpoint-failure.ts';

export type Deadline = {
  /** What is left of the time that the call has to begin, all attempts and the waits between them included. */
  leftMs(): number;
  /** Aborts when the caller gives up, when a guarded wait takes too long, and with any of the others. */
  signalWith(...others: readonly AbortSignal[]): AbortSignal;
  /** Begins a wait of at most `limitMs`; after that the signal aborts, and what is waited for must end by it. */
  startWait(limitMs: number): void;
  endWait(): void;
  /** Waits for `work`, at most `limitMs`. */
  guard<T>(limitMs: number, work: () => Promise<T>): Promise<T>;
  /** @throws the caller's reason once the caller has given up */
  throwIfCancelled(): void;
  /** @throws the same, or a timeout once a wait took too long */
  throwIfOver(): void;
};

/** Time limits of one call. Only waits for the endpoint count: a slow reader of the answer is no timeout. */
export function createDeadline(
  callerSignal: AbortSignal,
  { limitMs: totalMs, clock }: { limitMs: number; clock: Clock },
): Deadline {
  const endsAt = clock.now().getTime() + totalMs;
  const controller = new AbortController();
  const timer = createWaitTimer(() => controller.abort());
  return {
    leftMs: () => endsAt - clock.now().getTime(),
    signalWith: (...others) => AbortSignal.any([callerSignal, controller.signal, ...others]),
    startWait: timer.start,
    endWait: timer.stop,
    async guard(limitMs, work) {
      timer.start(limitMs);
      try {
        return await work();
      } finally {
        timer.stop();
      }
    },
    throwIfCancelled: () => callerSignal.throwIfAborted(),
    throwIfOver() {
      callerSignal.throwIfAborted();
      if (controller.signal.aborted) throw timedOut();
    },
  };
}

/** A timer for waits that follow each other closely, as those for the pieces of an answer: it is seldom set anew. */
function createWaitTimer(onLate: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let firesAt = Infinity;
  let endsAt = Infinity;

  function arm(): void {
    clearTimeout(timer);
    firesAt = endsAt;
    timer = setTimeout(check, Math.ceil(endsAt - performance.now())).unref();
  }

  function check(): void {
    firesAt = Infinity;
    if (endsAt === Infinity) return;
    if (performance.now() < endsAt) return arm();
    onLate();
  }

  return {
    start(limitMs: number): void {
      endsAt = performance.now() + Math.max(limitMs, 0);
      if (endsAt < firesAt) arm();
    },
    stop(): void {
      endsAt = Infinity;
    },
  };
}
