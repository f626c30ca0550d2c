import type { Platform } from './platform.ts';
import { createSpendGaugesRepository, type SpendGauges } from './spend-gauges.repository.ts';

const INTERVAL_MS = 60_000;
const MICROS = 1_000_000;

/** Keeps the gauges of cost up to date; the settings that they are compared with are gauges too. */
export function watchSpendGauges({
  config,
  database,
  metrics,
  logger,
}: Pick<Platform, 'config' | 'database' | 'metrics' | 'logger'>) {
  const { currency, alertPerUser, targetPerUser } = config.costs;
  const gauges = createSpendGaugesRepository(database);
  metrics.costAlertPerUser.set(alertPerUser);
  metrics.costTargetPerUser.set(targetPerUser);

  function show({ byTier, dearest, overAlert, fullest }: SpendGauges): void {
    metrics.userCostMonth.reset();
    for (const { tier, half, most, nearlyAll } of byTier) {
      metrics.userCostMonth.set({ tier, quantile: '0.5' }, half / MICROS);
      metrics.userCostMonth.set({ tier, quantile: '0.9' }, most / MICROS);
      metrics.userCostMonth.set({ tier, quantile: '0.99' }, nearlyAll / MICROS);
    }
    metrics.userCostMonthMax.set(dearest / MICROS);
    metrics.usersOverCostAlert.set(overAlert);
    metrics.budgetUsedRatioMax.set(fullest);
  }

  async function refresh(): Promise<void> {
    const alertMicros = Math.round(alertPerUser * MICROS);
    const sums = await gauges.sum({ currency, alertMicros });
    if (sums) show(sums);
  }

  function tick(): void {
    refresh().catch((error: unknown) =>
      logger.debug({ err: error }, 'could not sum for the gauges of cost'),
    );
  }

  tick();
  const timer = setInterval(tick, INTERVAL_MS);
  return { refresh, stop: () => clearInterval(timer) };
}
