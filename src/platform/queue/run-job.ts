import type { JobWithMetadata } from 'pg-boss';
import { ZodError } from 'zod';
import { isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { JobContext } from './job-queue.ts';

/** What stands in the queue: the payload, and the trace that caused the job. */
export type JobEnvelope = { readonly payload: object; readonly traceparent?: string };

export type JobRunner = (payload: unknown, context: JobContext) => Promise<void>;

export type RunJobDependencies = {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'jobsTotal' | 'jobDurationSeconds'>;
  /** Runs `work` in the trace that caused the job, or in a new one. */
  readonly inTrace: <T>(
    name: string,
    traceparent: string | undefined,
    work: () => Promise<T>,
  ) => Promise<T>;
};

/** Runs one job in its trace, and tells the log and the metrics how it ended. */
export async function runJob(
  item: JobWithMetadata<JobEnvelope>,
  run: JobRunner,
  { logger, metrics, inTrace }: RunJobDependencies,
): Promise<void> {
  const stopTimer = metrics.jobDurationSeconds.startTimer({ queue: item.name });
  const attempt = item.retryCount + 1;
  const context = {
    signal: item.signal,
    attempt,
    isLastAttempt: item.retryCount >= item.retryLimit,
    isSentAgain: item.sourceRootId !== null && item.sourceName === null,
  };
  await inTrace(`job ${item.name}`, item.data.traceparent, async () => {
    try {
      await run(item.data.payload, context);
      report('completed');
    } catch (error) {
      report(context.isLastAttempt || !isRetryable(error) ? 'failed' : 'retry', error);
      throw error;
    }
  });

  function report(status: 'completed' | 'failed' | 'retry', error?: unknown): void {
    const durationSeconds = stopTimer({ status });
    metrics.jobsTotal.inc({ queue: item.name, status });
    const line = {
      job: item.name,
      job_id: item.id,
      ...item.data.payload,
      attempt,
      status,
      duration_seconds: durationSeconds,
    };
    if (error === undefined) logger.info(line, 'job done');
    else logger.warn({ ...line, err: error }, 'job failed');
  }
}

/** A failure that says it is permanent, or a payload that no longer fits, is not tried again. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof ZodError) return false;
  return !(isAppError(error) && error.options.retryable === false);
}
