import type { Ending } from './conclude-answer.ts';
import type { MeteredUsage } from './meter-usage.ts';
import type { RunEvent } from './run-log.ts';

/** What a reader may be told of a failure: members of a problem document. */
export type FailureDescription = {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

export type DescribeFailure = (failure: unknown) => FailureDescription;

export type ClosedRun = {
  readonly model: string;
  readonly traceId: string;
  readonly conclusion: Ending;
  readonly metered: MeteredUsage;
  readonly failure: FailureDescription | undefined;
};

const MICROS = 1_000_000;

/** The last events of a stream: what it used and, where it failed, why. */
export function closingEvents(closed: ClosedRun): readonly RunEvent[] {
  const { metered, failure, traceId, conclusion, model } = closed;
  const usage = {
    type: 'usage',
    prompt_tokens: metered.promptTokens,
    completion_tokens: metered.completionTokens,
    cost: costOf(metered.costMicros),
    model,
    finish_reason: conclusion.finishReason,
  };
  return failure ? [usage, failureEvent(failure, traceId)] : [usage];
}

export function failureEvent(failure: FailureDescription, traceId: string): RunEvent {
  return { type: 'error', ...failure, trace_id: traceId };
}

/** A cost as it is told: a decimal in the configured currency. */
export function costOf(costMicros: number): number {
  return costMicros / MICROS;
}
