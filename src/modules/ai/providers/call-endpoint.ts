import { createAttemptPolicy, waitForRetry } from './attempts.ts';
import type { CallDependencies } from './call-settings.ts';
import { createDeadline } from './deadline.ts';
import { describeEndpointFailure, type ReadClientError } from './endpoint-failure.ts';

/** Calls an endpoint for one answer that comes in one piece. */
export type CallEndpoint = <Answer>(
  work: (signal: AbortSignal) => Promise<Answer>,
  callerSignal: AbortSignal,
) => Promise<Answer>;

export function createEndpointCaller(
  { settings, clock, policy = createAttemptPolicy(settings.attempts) }: CallDependencies,
  readClientError: ReadClientError,
): CallEndpoint {
  return async (work, callerSignal) => {
    const deadline = createDeadline(callerSignal, { limitMs: settings.timeoutMs, clock });
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await deadline.guard(deadline.leftMs(), () => work(deadline.signalWith()));
      } catch (error) {
        deadline.throwIfOver();
        const failure = describeEndpointFailure(error, { hasBegun: false, readClientError });
        await waitForRetry({ failure, attempt, deadline }, policy);
      }
    }
  };
}
