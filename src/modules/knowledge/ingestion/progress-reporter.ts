import type { Clock } from '#platform/clock/clock';

const MIN_INTERVAL_MS = 1000;

/** Passes on how far an ingestion is, at most once a second; that is also its sign of life. */
export function createProgressReporter(clock: Clock, report: (progress: number) => Promise<void>) {
  let reportedAt = clock.now().getTime();

  return async function reportProgress(progress: number): Promise<void> {
    const now = clock.now().getTime();
    if (now - reportedAt < MIN_INTERVAL_MS) return;
    reportedAt = now;
    await report(progress);
  };
}
