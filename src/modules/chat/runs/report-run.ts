import { isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { RunIdentity } from './active-runs.ts';
import type { Ending } from './conclude-answer.ts';
import type { MeteredUsage } from './meter-usage.ts';

export type ReportedRun = {
  readonly conclusion: Ending;
  readonly metered: MeteredUsage;
  readonly model: string;
  /** Turns that called tools. */
  readonly steps: number;
  readonly latencyMs: number;
};

/** One line for each run that has ended. */
export function reportRun(
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
  run: RunIdentity,
  { conclusion, metered, model, steps, latencyMs }: ReportedRun,
): void {
  const { failure } = conclusion;
  const line = {
    run_id: run.id,
    session_id: run.sessionId,
    team_id: run.teamId,
    model,
    outcome: conclusion.messageStatus,
    finish_reason: conclusion.finishReason,
    duration_ms: latencyMs,
    steps,
    tokens: metered.promptTokens + metered.completionTokens,
    cost_micros: metered.costMicros,
    ...(failure !== undefined && { err: failure }),
  };
  if (failure === undefined) logger.info(line, 'run');
  else if (isAppError(failure)) logger.warn(line, 'run');
  else logger.error(line, 'run');
}
