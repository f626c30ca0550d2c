import { setTimeout as sleep } from 'node:timers/promises';
import type { AppError } from '#platform/errors/app-error';
import type { Deadline } from './deadline.ts';

/** How calls are tried again; what waits and what is random can be replaced in tests. */
export type AttemptPolicy = {
  /** Attempts of a call, the first included. */
  readonly attempts: number;
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
};

export type FailedAttempt = {
  readonly failure: AppError;
  /** Counts from one. */
  readonly attempt: number;
  readonly deadline: Deadline;
};

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8000;
const MS_PER_SECOND = 1000;

export function createAttemptPolicy(attempts: number): AttemptPolicy {
  return {
    attempts,
    wait: (delayMs, signal) => sleep(delayMs, undefined, { signal }),
    random: Math.random,
  };
}

/**
 * Waits as long as is right before the next attempt.
 * @throws the failure where there is none: what would fail again, too many attempts, or an endpoint that asks for
 *   more patience than is left
 */
export async function waitForRetry(failed: FailedAttempt, policy: AttemptPolicy): Promise<void> {
  const delayMs = planRetryMs(failed, policy);
  if (delayMs === undefined) throw failed.failure;
  try {
    await policy.wait(delayMs, failed.deadline.signalWith());
  } catch (error) {
    failed.deadline.throwIfOver();
    throw error;
  }
}

function planRetryMs(
  { failure, attempt, deadline }: FailedAttempt,
  { attempts, random }: AttemptPolicy,
): number | undefined {
  const { retryable, retryAfterSeconds = 0 } = failure.options;
  if (!retryable || attempt >= attempts) return undefined;
  const backoffMs = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
  // Between the half and the whole, so that callers who failed together do not return together.
  const jitteredMs = backoffMs * (1 - random() / 2);
  const delayMs = Math.max(jitteredMs, retryAfterSeconds * MS_PER_SECOND);
  return delayMs < deadline.leftMs() ? delayMs : undefined;
}
