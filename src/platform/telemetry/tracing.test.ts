import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { currentContext, runInContext } from './request-context.ts';
import {
  beginTrace,
  currentTraceparent,
  describeRoute,
  describeSpan,
  inTrace,
  traced,
} from './tracing.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

describe('with tracing off', () => {
  it('gives each piece of work a W3C trace id of its own', () => {
    const { traceId, spanId } = beginTrace();
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(beginTrace().traceId).not.toBe(traceId);
  });

  it('takes over the trace id of an incoming traceparent', () => {
    expect(beginTrace(PARENT).traceId).toBe(TRACE_ID);
  });

  it.each([
    '',
    'nonsense',
    `01-${TRACE_ID}-b7ad6b7169203331`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-b7ad6b7169203331-01`,
  ])('starts a new trace for the bad traceparent "%s"', (traceparent) => {
    expect(beginTrace(traceparent).traceId.toLowerCase()).not.toBe(TRACE_ID);
  });

  it('hands the trace of a request to the job that it causes', async () => {
    const request = { requestId: 'request-1', ...beginTrace() };
    const traceparent = runInContext(request, () => currentTraceparent());
    const job = await inTrace('job', traceparent, async () => currentContext());
    expect(job?.traceId).toBe(request.traceId);
    expect(job?.requestId).toBeUndefined();
  });

  it('has no traceparent outside of any work', () => {
    expect(currentTraceparent()).toBeUndefined();
  });

  it('gives back what the work gives, or throws what it throws', async () => {
    expect(await traced('work', {}, async () => 1)).toBe(1);
    await expect(
      traced('work', {}, async () => {
        throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
  });
});

describe('with tracing on', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });

  beforeAll(() => {
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });

  afterEach(() => exporter.reset());

  afterAll(async () => {
    trace.disable();
    context.disable();
    await provider.shutdown();
  });

  it('makes a span with the attributes, and more of them on the way', async () => {
    await traced('retrieve', { mode: 'lexical', topK: undefined }, async () => {
      describeSpan({ passages: 8 });
    });
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: 'retrieve', attributes: { mode: 'lexical', passages: 8 } });
  });

  it('nests spans of one trace', async () => {
    await traced('outer', {}, () => traced('inner', {}, async () => undefined));
    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it('marks a failed span with the error', async () => {
    const failing = traced('work', {}, async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toMatchObject({ message: 'broken' });
    expect(span?.events[0]?.attributes).toMatchObject({ 'exception.message': 'broken' });
  });

  it('uses the ids of the span in logs, and hands them to a job of the same trace', async () => {
    const traceparent = await traced('request', {}, async () => {
      expect(beginTrace(PARENT).traceId).not.toBe(TRACE_ID);
      return currentTraceparent();
    });
    const job = await inTrace('job', traceparent, async () => currentContext());
    const [request, jobSpan] = exporter.getFinishedSpans();
    expect(jobSpan?.spanContext().traceId).toBe(request?.spanContext().traceId);
    expect(jobSpan?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(job).toMatchObject(pickIds(jobSpan?.spanContext()));
  });

  it('names the span of a request by its route', async () => {
    await traced('GET', {}, async () => describeRoute('GET', '/projects/:id'));
    expect(exporter.getFinishedSpans()[0]).toMatchObject({
      name: 'GET /projects/:id',
      attributes: { 'http.route': '/projects/:id' },
    });
  });
});

function pickIds(span: { traceId: string; spanId: string } | undefined) {
  return { traceId: span?.traceId, spanId: span?.spanId };
}
