import type { Queries } from '#platform/db/database';
import type { Page, PageRequest } from '#shared/page';

export const JOB_STATES = [
  'created',
  'retry',
  'active',
  'completed',
  'cancelled',
  'failed',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A job as the queue keeps it; its payload is ids only. */
export type JobRecord = {
  readonly id: string;
  readonly queue: string;
  readonly state: JobState;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly traceId: string | null;
  /** Attempts after the first. */
  readonly retryCount: number;
  readonly retryLimit: number;
  /** What the last attempt, or in the dead letters the last of all, failed with. */
  readonly failure: string | null;
  /** Where a dead letter came from. */
  readonly sourceQueue: string | null;
  readonly startAfter: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
};

export type JobListing = PageRequest & {
  readonly queue?: string | undefined;
  readonly state?: JobState | undefined;
};

export type QueueCounts = {
  readonly name: string;
  /** Cron expression of a queue whose jobs run by the clock. */
  readonly schedule: string | null;
  readonly counts: Readonly<Record<JobState, number>>;
};

/** What operators do to jobs, in the caller's transaction. */
export type JobOperator = {
  /** The job as it is; nobody else changes it before the transaction ends. */
  lock(id: string): Promise<JobRecord | undefined>;
  /** Lets a failed or cancelled job run again; a dead letter goes back to its queue, as a new job. */
  retry(job: JobRecord): Promise<void>;
  /** Keeps a job that waits from running; one that runs is not tried again. */
  cancel(job: JobRecord): Promise<void>;
};

/** Looks into the queues, for operators. */
export interface JobInspector {
  listQueues(): Promise<readonly QueueCounts[]>;
  /** Youngest first; the total is counted up to 10000. */
  list(listing: JobListing): Promise<Page<JobRecord>>;
  find(id: string): Promise<JobRecord | undefined>;
  within(queries: Queries): JobOperator;
}
