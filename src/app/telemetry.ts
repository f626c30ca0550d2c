import type { Config } from '#platform/config/config';
import { createBatchedOutput, createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';

export type Telemetry = Awaited<ReturnType<typeof startTelemetry>>;

/** Starts logs, metrics and, where it is on, tracing: before anything that tracing must see is imported. */
export async function startTelemetry({ log, telemetry }: Config) {
  const metrics = createMetrics();
  const countDropped = () => metrics.telemetryDroppedTotal.inc({ kind: 'log' });
  const logger = createLogger({
    ...log,
    ...(log.format === 'json' && { destination: createBatchedOutput(countDropped) }),
  });
  if (!telemetry.isTracingEnabled) return { logger, metrics, tracing: undefined };
  const { startTracing } = await import('#platform/telemetry/start-tracing');
  return { logger, metrics, tracing: startTracing({ settings: telemetry, logger, metrics }) };
}
