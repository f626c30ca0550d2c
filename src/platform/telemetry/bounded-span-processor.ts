import { ExportResultCode } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { redactSpan } from './redact-span.ts';

const MAX_WAITING_SPANS = 2048;
const BATCH_SPANS = 512;
const EXPORT_INTERVAL_MS = 1000;
const EXPORT_TIMEOUT_MS = 4000;

type Dependencies = {
  readonly exporter: SpanExporter;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'telemetryDroppedTotal'>;
  readonly maxWaitingSpans?: number;
};

/**
 * Sends spans in batches from a queue that cannot grow. What does not fit, or is not taken, is
 * counted; a collector that is gone makes one line in the log, and one when it is back.
 */
export function createBoundedSpanProcessor(dependencies: Dependencies): SpanProcessor {
  const { exporter, logger, metrics, maxWaitingSpans = MAX_WAITING_SPANS } = dependencies;
  let waiting = 0;
  let isFailing = false;

  function settle(spans: number, error: Error | undefined): void {
    waiting -= spans;
    if (error) metrics.telemetryDroppedTotal.inc({ kind: 'span' }, spans);
    if (error && !isFailing) logger.warn({ err: error }, 'traces cannot be sent and are dropped');
    if (!error && isFailing) logger.info('traces are sent again');
    isFailing = error !== undefined;
  }

  const batches = new BatchSpanProcessor({
    exporter: countOutcomes(exporter, settle),
    maxQueueSize: maxWaitingSpans,
    maxExportBatchSize: Math.min(BATCH_SPANS, maxWaitingSpans),
    scheduledDelayMillis: EXPORT_INTERVAL_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });

  return {
    onStart: (span, parent) => batches.onStart(span, parent),
    onEnd(span) {
      if (waiting >= maxWaitingSpans) {
        metrics.telemetryDroppedTotal.inc({ kind: 'span' });
        return;
      }
      waiting += 1;
      redactSpan(span);
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

function countOutcomes(
  exporter: SpanExporter,
  settle: (spans: number, error: Error | undefined) => void,
): SpanExporter {
  return {
    export(spans: ReadableSpan[], report) {
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== ExportResultCode.SUCCESS;
        settle(spans.length, hasFailed ? (result.error ?? new Error('export failed')) : undefined);
        report(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
