import type { Clock } from '#platform/clock/clock';
import type { AttemptPolicy } from './attempts.ts';

/** How patient we are with endpoints, and what we ask of them where a request does not say. */
export type CallSettings = {
  readonly temperature: number;
  readonly maxTokens: number;
  /** Attempts of a call, the first included. */
  readonly attempts: number;
  /** Time for an endpoint to begin its answer, all attempts and the waits between them included. */
  readonly timeoutMs: number;
  /** How long an endpoint may pause within an answer. */
  readonly silenceMs: number;
};

export type CallDependencies = {
  readonly settings: CallSettings;
  readonly clock: Clock;
  /** By the settings where it is not given. */
  readonly policy?: AttemptPolicy;
};
