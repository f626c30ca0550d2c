import type pg from 'pg';
import type { Metrics } from '#platform/telemetry/metrics';

const SAMPLE_INTERVAL_MS = 1000;

/** Keeps the gauge of the pool's connections up to date until it is stopped. */
export function watchPool(
  pool: pg.Pool,
  { dbPoolConnections }: Pick<Metrics, 'dbPoolConnections'>,
) {
  const active = dbPoolConnections.labels({ state: 'active' });
  const idle = dbPoolConnections.labels({ state: 'idle' });
  const waiting = dbPoolConnections.labels({ state: 'waiting' });

  function sample(): void {
    active.set(pool.totalCount - pool.idleCount);
    idle.set(pool.idleCount);
    waiting.set(pool.waitingCount);
  }

  sample();
  const timer = setInterval(sample, SAMPLE_INTERVAL_MS).unref();
  return { stop: () => clearInterval(timer) };
}
