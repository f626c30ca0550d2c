import type { Clock } from '#platform/clock/clock';
import { timedOut } from './endpoint-failure.ts';

export type Deadline = {
  /** What is left of the time that the call has to begin, all attempts and the waits between them included. */
  leftMs(): number;
  /** Aborts when the caller gives up, and when a guarded wait takes too long. */
  readonly signal: AbortSignal;
  /** Waits for `work`, at most `limitMs`; after that the signal aborts, and `work` must end by it. */
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
  return {
    leftMs: () => endsAt - clock.now().getTime(),
    signal: AbortSignal.any([callerSignal, controller.signal]),
    async guard(limitMs, work) {
      const timer = setTimeout(() => controller.abort(), Math.max(limitMs, 0));
      try {
        return await work();
      } finally {
        clearTimeout(timer);
      }
    },
    throwIfCancelled: () => callerSignal.throwIfAborted(),
    throwIfOver() {
      callerSignal.throwIfAborted();
      if (controller.signal.aborted) throw timedOut();
    },
  };
}
