import type { Config } from '#platform/config/config';
import { createBatchedOutput, createLogger, type Logger } from '#platform/telemetry/logger';
import { createMetrics, type Metrics } from '#platform/telemetry/metrics';
import { VERSION } from './version.ts';

export type Telemetry = Awaited<ReturnType<typeof startTelemetry>>;

/** Starts logs, metrics and, where it is on, tracing: before anything that tracing must see is imported. */
export async function startTelemetry(config: Config) {
  const { log, telemetry } = config;
  const metrics = createMetrics();
  const countDropped = () => metrics.telemetryDroppedTotal.inc({ kind: 'log' });
  const logger = createLogger({
    ...log,
    ...(log.format === 'json' && { destination: createBatchedOutput(countDropped) }),
  });
  const parts = { logger, metrics, observer: await startObserver(config, { logger, metrics }) };
  if (!telemetry.isTracingEnabled) return { ...parts, tracing: undefined };
  const { startTracing } = await import('#platform/telemetry/start-tracing');
  return { ...parts, tracing: startTracing({ settings: telemetry, logger, metrics }) };
}

/** Most have no Langfuse, and need not load its client. */
async function startObserver(
  { langfuse, telemetry, app }: Config,
  dependencies: { readonly logger: Logger; readonly metrics: Metrics },
) {
  const { publicKey, secretKey } = langfuse;
  if (publicKey === undefined || secretKey === undefined) return undefined;
  const { createLangfuseObserver } = await import('#platform/telemetry/langfuse/langfuse-observer');
  const { serviceName } = telemetry;
  const where = { serviceName, environment: app.environment, release: VERSION };
  return createLangfuseObserver({
    ...dependencies,
    settings: { ...langfuse, ...where, publicKey, secretKey },
  });
}
