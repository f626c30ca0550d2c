import type { Modules } from './compose.ts';
import type { Platform } from './platform.ts';
import { createGaugesRepository } from './gauges.repository.ts';

const INTERVAL_MS = 15_000;
const TIERS = ['free', 'pro', 'enterprise'];

/** Keeps the gauges that are counted in the database up to date, so that no scrape waits for it. */
export function watchGauges(
  { database, metrics, logger }: Pick<Platform, 'database' | 'metrics' | 'logger'>,
  { knowledge }: Pick<Modules, 'knowledge'>,
) {
  const gauges = createGaugesRepository(database);

  async function refresh(): Promise<void> {
    metrics.documentsOutdated.set(await knowledge.countOutdated());
    const counts = await gauges.count();
    if (!counts) return;
    for (const tier of TIERS) metrics.appUsersTotal.set({ tier }, counts.users?.[tier] ?? 0);
    metrics.appActiveSessions.set(counts.authSessions);
    metrics.jobsWaiting.reset();
    for (const [queue, waiting] of Object.entries(counts.waitingJobs ?? {})) {
      metrics.jobsWaiting.set({ queue }, waiting);
    }
  }

  function tick(): void {
    refresh().catch((error: unknown) =>
      logger.debug({ err: error }, 'could not count for the gauges'),
    );
  }

  tick();
  const timer = setInterval(tick, INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}
