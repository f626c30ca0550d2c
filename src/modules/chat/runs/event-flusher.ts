import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#platform/telemetry/logger';
import type { RunId } from '#shared/ids';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import type { RunEventBatch } from './event-batch.ts';
import type { RunEventsRepository } from './run-events.repository.ts';
import type { SharedRunEvents } from './shared-run-events.ts';

export type EventFlusher = ReturnType<typeof createEventFlusher>;

export type EventFlusherDependencies = {
  readonly activeRuns: Pick<ActiveRuns, 'list'>;
  readonly allRunEvents: () => Pick<RunEventsRepository, 'flush'>;
  /** Undefined where the database is the only thing that processes share. */
  readonly sharedEvents: SharedRunEvents | undefined;
  readonly settings: { readonly flushIntervalMs: number };
  readonly logger: Pick<Logger, 'warn'>;
};

/** Between two tries while nothing can be stored. */
const RETRY_MS = 500;

/**
 * Stores what runs append, and only then lets readers have it. One write takes what is new of all runs; the next one
 * begins when it has ended, and no sooner than the interval allows. After a silence the first event goes out at once.
 */
export function createEventFlusher(dependencies: EventFlusherDependencies) {
  const { activeRuns, allRunEvents, sharedEvents, settings, logger } = dependencies;
  let flushing: Promise<void> = Promise.resolve();
  let isScheduled = false;
  let nextAt = 0;

  const unstored = (run: ActiveRun) => run.log.allAfter(run.log.storedEventId());

  const pending = () =>
    activeRuns
      .list()
      .filter((run) => !run.isFinishing && run.stopReason() !== 'lost' && unstored(run));

  async function writeEvents(): Promise<void> {
    const runs = pending();
    if (runs.length === 0) return;
    const due = runs.flatMap((run) => batchOf(run, run.log.storedEventId()));
    const refused = await store(runs, due);
    for (const { run, batch } of due) {
      if (refused.has(run.id)) run.stop('lost');
      else run.log.markStored(lastEventIdOf(batch));
    }
  }

  async function store(
    runs: readonly ActiveRun[],
    due: readonly RunBatch[],
  ): Promise<ReadonlySet<RunId>> {
    if (sharedEvents) {
      try {
        return await sharedEvents.append(due.map(({ batch }) => batch));
      } catch {
        // The database takes over, with all that it does not have.
      }
    }
    const unsaved = runs.flatMap((run) => batchOf(run, run.savedEventId));
    const refused = await allRunEvents().flush(unsaved.map(({ batch }) => batch));
    for (const { run, batch } of unsaved)
      if (!refused.has(run.id)) run.savedEventId = lastEventIdOf(batch);
    return refused;
  }

  /** One after the other, so that none writes what another is writing. */
  function flush(): Promise<void> {
    const next = flushing.then(writeEvents);
    flushing = next.catch(() => {});
    return next;
  }

  async function flushInTurn(): Promise<void> {
    const waitMs = nextAt - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
    try {
      await flush();
      nextAt = performance.now() + settings.flushIntervalMs;
    } catch (error) {
      logger.warn({ err: error }, 'events of runs could not be stored');
      nextAt = performance.now() + RETRY_MS;
    }
    isScheduled = false;
    if (pending().length > 0) soon();
  }

  function soon(): void {
    if (isScheduled) return;
    isScheduled = true;
    // What is appended in the same turn of the event loop goes along.
    setImmediate(() => void flushInTurn());
  }

  return {
    soon,
    flush,
    /** Resolves when all that the run has told is stored. @throws where another process holds it, or it is stopped */
    async stored({ log, signal }: ActiveRun): Promise<void> {
      const lastEventId = log.lastEventId();
      while (log.storedEventId() < lastEventId) {
        signal.throwIfAborted();
        await flush().catch(() => sleep(RETRY_MS, undefined, { signal }));
      }
      signal.throwIfAborted();
    },
    /** Marks the run as finishing and waits for a flush that still has some of its events in hand. */
    async release(run: ActiveRun): Promise<void> {
      run.isFinishing = true;
      await flushing;
    },
  };
}

type RunBatch = { readonly run: ActiveRun; readonly batch: RunEventBatch };

function batchOf(run: ActiveRun, afterEventId: number): readonly RunBatch[] {
  const batch = run.log.allAfter(afterEventId);
  return batch ? [{ run, batch: { ...batch, runId: run.id, attempts: run.attempts } }] : [];
}

function lastEventIdOf({ firstEventId, events }: RunEventBatch): number {
  return firstEventId + events.length - 1;
}
