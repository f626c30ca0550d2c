import { AsyncLocalStorage } from 'node:async_hooks';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { context, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeSpan, traced } from '#platform/telemetry/tracing';
import { tracedStream } from './traced-stream.ts';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
});
beforeEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
});

async function* numbers(): AsyncGenerator<number> {
  yield 1;
  await traced('inner', {}, async () => {});
  describeSpan({ counted: 2 });
  yield 2;
}

async function collect(stream: AsyncIterable<number>): Promise<number[]> {
  const read: number[] = [];
  for await (const number of stream) read.push(number);
  return read;
}

it('keeps one span open for the whole stream, and what is done for it is below that span', async () => {
  expect(await collect(tracedStream('outer', { kind: 'test' }, numbers))).toEqual([1, 2]);
  const [inner, outer] = exporter.getFinishedSpans();
  expect(outer).toMatchObject({ name: 'outer', attributes: { kind: 'test', counted: 2 } });
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
});

it('leaves the reader of the stream in its own context', async () => {
  const storage = new AsyncLocalStorage<string>();
  await storage.run('reader', async () => {
    for await (const number of tracedStream('outer', {}, numbers)) {
      expect(number).toBeGreaterThan(0);
      expect(storage.getStore()).toBe('reader');
      expect(trace.getActiveSpan()).toBeUndefined();
    }
  });
});

it('records a failure and throws it on', async () => {
  const failing = tracedStream('outer', {}, async function* fail(): AsyncGenerator<number> {
    yield 1;
    throw new Error('broken');
  });
  await expect(collect(failing)).rejects.toThrow('broken');
  await expect.poll(() => exporter.getFinishedSpans().length).toBe(1);
  expect(exporter.getFinishedSpans()[0]?.status.message).toBe('broken');
});

it('ends the span and the source when the reader stops', async () => {
  let isClosed = false;
  async function* source(): AsyncGenerator<number> {
    try {
      yield 1;
      yield 2;
    } finally {
      isClosed = true;
    }
  }
  for await (const number of tracedStream('outer', {}, source)) {
    expect(number).toBe(1);
    break;
  }
  await expect.poll(() => exporter.getFinishedSpans().length).toBe(1);
  expect(isClosed).toBe(true);
});
