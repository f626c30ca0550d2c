import { ROOT_CONTEXT } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { createBoundedSpanProcessor } from './bounded-span-processor.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

const SENT: ExportResult = { code: ExportResultCode.SUCCESS };
const REFUSED: ExportResult = { code: ExportResultCode.FAILED, error: new Error('refused') };

function startProcessor(answer: (spans: readonly ReadableSpan[]) => ExportResult | undefined) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const metrics = createMetrics();
  const processor = createBoundedSpanProcessor({
    logger,
    metrics,
    maxWaitingSpans: 10,
    exporter: {
      export(spans, report) {
        const result = answer(spans);
        if (result) report(result);
      },
      shutdown: async () => undefined,
    },
  });
  const tracer = new TracerProvider({ spanProcessors: [processor] }).getTracer('test');
  return {
    lines,
    endSpans(count: number): void {
      for (let index = 0; index < count; index += 1) {
        tracer.startSpan('work', {}, ROOT_CONTEXT).end();
      }
    },
    flush: () => processor.forceFlush().catch(() => undefined),
    async dropped(): Promise<number> {
      const { values } = await metrics.telemetryDroppedTotal.get();
      return values[0]?.value ?? 0;
    },
  };
}

it('sends what fits', async () => {
  const sent: ReadableSpan[] = [];
  const { endSpans, flush, dropped } = startProcessor((spans) => {
    sent.push(...spans);
    return SENT;
  });
  endSpans(9);
  await flush();
  expect(sent).toHaveLength(9);
  expect(await dropped()).toBe(0);
});

it('holds no more than its queue while the collector is silent, and counts the rest', async () => {
  const taken: ReadableSpan[] = [];
  const { endSpans, dropped } = startProcessor((spans) => {
    taken.push(...spans);
    return undefined;
  });
  endSpans(25);
  expect(taken).toHaveLength(10);
  expect(await dropped()).toBe(15);
});

it('counts what the collector does not take, and says so once', async () => {
  let answer = REFUSED;
  const { endSpans, flush, dropped, lines } = startProcessor(() => answer);
  for (let round = 0; round < 3; round += 1) {
    endSpans(3);
    await flush();
  }
  expect(await dropped()).toBe(9);
  expect(lines).toHaveLength(1);

  answer = SENT;
  endSpans(3);
  await flush();
  expect(await dropped()).toBe(9);
  expect(lines.map((line) => JSON.parse(line).message)).toEqual([
    'traces cannot be sent and are dropped',
    'traces are sent again',
  ]);
});
