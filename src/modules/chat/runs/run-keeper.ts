import type { Logger } from '#platform/telemetry/logger';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import type { RunRecovery } from './run-recovery.service.ts';
import type { RunEventBatch, RunEventsRepository } from './run-events.repository.ts';
import type { RunsRepository } from './runs.repository.ts';

export type RunKeeper = ReturnType<typeof createRunKeeper>;

export type RunKeeperDependencies = {
  readonly activeRuns: ActiveRuns;
  readonly allRuns: () => RunsRepository;
  readonly allRunEvents: () => RunEventsRepository;
  readonly recovery: Pick<RunRecovery, 'sweepLostRuns'>;
  readonly settings: {
    readonly graceSeconds: number;
    readonly leaseSeconds: number;
    readonly sweepIntervalSeconds: number;
  };
  readonly logger: Pick<Logger, 'warn'>;
};

const FLUSH_INTERVAL_MS = 500;
const NOTICE_INTERVAL_MS = 1000;
/** Two renewals may fail before a lease passes. */
const RENEWALS_PER_LEASE = 3;
const MS_PER_SECOND = 1000;

/**
 * Keeps the database and this process's runs in step: flushes events, renews leases, takes
 * notices, ends the runs of processes that are gone. Each is one statement for all runs together, however many there are.
 */
export function createRunKeeper(dependencies: RunKeeperDependencies) {
  const { activeRuns, allRuns, allRunEvents, recovery, settings, logger } = dependencies;
  const timers: NodeJS.Timeout[] = [];
  let flushing: Promise<void> = Promise.resolve();

  /** Writes what is new of every run; after a failure the next flush takes it along. */
  async function writeEvents(): Promise<void> {
    const unfinished = activeRuns.list().filter((run) => !run.isFinishing);
    const due = unfinished.flatMap((run) => unflushed(run));
    if (due.length === 0) return;
    await allRunEvents().flush(due.map(({ batch }) => batch));
    for (const { run, batch } of due) run.flushedEventId += batch.events.length;
  }

  async function renewLeases(): Promise<void> {
    const ids = activeRuns.list().map(({ id }) => id);
    if (ids.length > 0) await allRuns().renewLeases(ids, settings.leaseSeconds);
  }

  async function takeNotices(): Promise<void> {
    const ids = activeRuns.list().map(({ id }) => id);
    if (ids.length === 0) return;
    for (const notice of await allRuns().listNotices(ids, settings.graceSeconds)) {
      const run = activeRuns.get(notice.id);
      if (!run || run.isFinishing) continue;
      if (!notice.isRunning) run.stop('lost');
      else if (notice.isCancelRequested) run.stop('cancelled');
      else if (notice.isWatched) run.extendGrace();
    }
  }

  function every(intervalMs: number, work: () => Promise<unknown>): void {
    let isWorking = false;
    const timer = setInterval(async () => {
      if (isWorking) return;
      isWorking = true;
      await work().catch((error: unknown) => {
        logger.warn({ err: error }, 'runs could not be kept in step with the database');
      });
      isWorking = false;
    }, intervalMs);
    timer.unref();
    timers.push(timer);
  }

  /** One flush after the other, so that none writes what another is writing. */
  function flush(): Promise<void> {
    const next = flushing.then(writeEvents);
    flushing = next.catch(() => {});
    return next;
  }

  return {
    start(): void {
      every(FLUSH_INTERVAL_MS, flush);
      every(NOTICE_INTERVAL_MS, takeNotices);
      every((settings.leaseSeconds * MS_PER_SECOND) / RENEWALS_PER_LEASE, renewLeases);
      every(settings.sweepIntervalSeconds * MS_PER_SECOND, recovery.sweepLostRuns);
    },
    stop(): void {
      for (const timer of timers.splice(0)) clearInterval(timer);
    },
    flush,
    takeNotices,
    /** Marks the run as finishing and waits for a flush that still has some of its events in hand. */
    async release(run: ActiveRun): Promise<void> {
      run.isFinishing = true;
      await flushing;
    },
  };
}

function unflushed(run: ActiveRun): readonly { run: ActiveRun; batch: RunEventBatch }[] {
  const batch = run.log.after(run.flushedEventId);
  return batch ? [{ run, batch: { ...batch, runId: run.id } }] : [];
}
