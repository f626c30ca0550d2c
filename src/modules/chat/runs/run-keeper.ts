import type { Logger } from '#platform/telemetry/logger';
import type { ActiveRuns } from './active-runs.ts';
import type { RunsRepository } from './runs.repository.ts';

export type RunKeeperDependencies = {
  readonly activeRuns: ActiveRuns;
  readonly allRuns: () => RunsRepository;
  /** Takes up the runs of processes that are gone. */
  readonly sweepRuns: () => Promise<unknown>;
  readonly settings: {
    readonly graceSeconds: number;
    readonly leaseSeconds: number;
    readonly sweepIntervalSeconds: number;
  };
  readonly logger: Pick<Logger, 'warn'>;
};

const NOTICE_INTERVAL_MS = 1000;
/** Two renewals may fail before a lease passes. */
const RENEWALS_PER_LEASE = 3;
const MS_PER_SECOND = 1000;

/**
 * Keeps the database and this process's runs in step: renews leases, takes notices, takes up the
 * runs of processes that are gone. Each is one statement for all runs together, however many there are.
 */
export function createRunKeeper(dependencies: RunKeeperDependencies) {
  const { activeRuns, allRuns, sweepRuns, settings, logger } = dependencies;
  const timers: NodeJS.Timeout[] = [];

  async function renewLeases(): Promise<void> {
    const held = activeRuns.list().map(({ id, attempts }) => ({ id, attempts }));
    if (held.length > 0) await allRuns().renewLeases(held, settings.leaseSeconds);
  }

  async function takeNotices(): Promise<void> {
    const ids = activeRuns.list().map(({ id }) => id);
    if (ids.length === 0) return;
    for (const notice of await allRuns().listNotices(ids, settings.graceSeconds)) {
      const run = activeRuns.get(notice.id);
      if (!run || run.isFinishing) continue;
      const isOurs = notice.isRunning && notice.attempts === run.attempts;
      if (!isOurs) run.stop('lost');
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

  return {
    start(): void {
      every(NOTICE_INTERVAL_MS, takeNotices);
      every((settings.leaseSeconds * MS_PER_SECOND) / RENEWALS_PER_LEASE, renewLeases);
      every(settings.sweepIntervalSeconds * MS_PER_SECOND, sweepRuns);
    },
    stop(): void {
      for (const timer of timers.splice(0)) clearInterval(timer);
    },
    takeNotices,
  };
}
