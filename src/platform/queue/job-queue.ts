import type { ZodType } from 'zod';
import type { Queries } from '#platform/db/database';

/** A kind of job: its payload is ids only, its handler one service call. */
export type JobDefinition<Payload extends object> = {
  readonly name: string;
  readonly payload: ZodType<Payload>;
  /** Attempts in all, the first included. */
  readonly attempts: number;
  readonly retryDelaySeconds: number;
  /** A handler still running after this is aborted and counts as failed. */
  readonly timeoutSeconds: number;
  /** Jobs of this kind that one process runs at a time. */
  readonly concurrency: number;
  /** Cron expression for a job that runs by the clock, once per tick over all replicas. */
  readonly schedule?: string;
};

export type JobContext = {
  readonly signal: AbortSignal;
  readonly attempt: number;
  readonly isLastAttempt: boolean;
  /** An operator sent it back from the dead letters. */
  readonly isSentAgain: boolean;
};

export type JobHandler<Payload> = (payload: Payload, context: JobContext) => Promise<void>;

export type EnqueueOptions = {
  /** It is found when the queue looks for jobs to try again: up to `retryDelaySeconds` later, 2 at least and 30 at most. */
  readonly startAfterSeconds?: number;
  readonly singletonKey?: string;
  /** Whose job it is: groups take turns, however much one of them has waiting. */
  readonly group?: string;
  /** Of a group: comes before what the group has waiting. */
  readonly isNext?: boolean;
  /** Of a group: comes after everything that is not in the background. */
  readonly isBackground?: boolean;
};

/** Puts jobs into the queue in the caller's transaction: they run only if it commits. */
export type JobWriter = {
  enqueue<Payload extends object>(
    job: JobDefinition<Payload>,
    payload: Payload,
    options?: EnqueueOptions,
  ): Promise<void>;
};

export interface JobQueue {
  /** A writer bound to the transaction behind `queries`. */
  within(queries: Queries): JobWriter;
  /** Declares a job and its handler; every job is registered before `start`. */
  register<Payload extends object>(job: JobDefinition<Payload>, handler: JobHandler<Payload>): void;
  /** Creates the queues; from now on jobs can be put into them. */
  start(): Promise<void>;
  /** Starts running the jobs, once the queue has started. */
  work(): Promise<void>;
  /** Deletes every job, done or not, that mentions one of the texts in what it was given or what came of it. */
  forget(texts: readonly string[], pace: () => Promise<void>): Promise<void>;
  /** Stops taking jobs, waits for running ones up to the grace, then aborts them and hands them back. */
  stop(graceSeconds: number): Promise<void>;
}
