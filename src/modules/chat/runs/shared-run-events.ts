import type { RunHold } from './run-hold.ts';
import type { EventBatch, RunEventBatch } from './event-batch.ts';
import type { RunId } from '#shared/ids';

export type HeldLog = RunHold & { readonly runId: RunId };

/**
 * A log of running runs that is faster than the database and that all processes share. All of it throws while the
 * log is out of reach; the database then takes what it does not have yet.
 */
export interface SharedRunEvents {
  /** Stores batches; tells whose log was sealed by another process, which holds the run now. */
  append(batches: readonly RunEventBatch[]): Promise<ReadonlySet<RunId>>;
  read(log: HeldLog, afterEventId: number): Promise<readonly EventBatch[]>;
  /** From here on nothing can be appended by who held the run; gives what there is. */
  seal(log: HeldLog, afterEventId: number): Promise<readonly EventBatch[]>;
  isInReach(): Promise<boolean>;
  /** All of it is in the database. */
  remove(log: HeldLog): Promise<void>;
}
