import { register } from 'node:module';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { createBoundedSpanProcessor } from './bounded-span-processor.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

const EXPORT_TIMEOUT_MS = 3000;
const SHUTDOWN_TIMEOUT_MS = 4000;
/** Longer values, such as a large statement, are cut. */
const MAX_ATTRIBUTE_LENGTH = 4096;

/** Asked too often by machines to tell anything. */
const UNTRACED_PATHS = /^\/(health(\/\w+)?|metrics)(\?|$)/;

export type TracingDependencies = {
  readonly settings: { readonly serviceName: string; readonly exporterUrl: string };
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'telemetryDroppedTotal'>;
};

export type Tracing = { shutdown(): Promise<void> };

/**
 * Starts sending traces. It must run before pg, ioredis and the HTTP server are imported: the program
 * imports this file, and then the rest, only where tracing is on.
 */
export function startTracing({ settings, logger, metrics }: TracingDependencies): Tracing {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, {
    data: { include: ['pg', 'ioredis'] },
  });
  const exporter = new OTLPTraceExporter({
    url: settings.exporterUrl,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': settings.serviceName }),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
    spanProcessors: [createBoundedSpanProcessor({ exporter, logger, metrics })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const stopInstrumenting = registerInstrumentations({ instrumentations: instrumentations() });

  return {
    async shutdown() {
      stopInstrumenting();
      await Promise.race([provider.shutdown().catch(() => undefined), delay(SHUTDOWN_TIMEOUT_MS)]);
    },
  };
}

function instrumentations() {
  return [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: (request) => UNTRACED_PATHS.test(request.url ?? ''),
      requireParentforOutgoingSpans: true,
    }),
    new UndiciInstrumentation({ requireParentforSpans: true }),
    new PgInstrumentation({ requireParentSpan: true, enhancedDatabaseReporting: false }),
    // Arguments are keys and values of people.
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (name) => name }),
  ];
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
