import { randomUUID } from 'node:crypto';
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import { describeError } from './describe-error.ts';
import { currentContext, runInContext } from './request-context.ts';

const TRACER_NAME = 'groundwork';
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NO_TRACE_ID = /^0+$/;
const SPAN_ID_LENGTH = 16;

/** What a span can tell; an undefined value is left out, a secret is blanked out before it is sent. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Ids of a W3C trace. */
export type Trace = { readonly traceId: string; readonly spanId: string };

/** The ids for a piece of work that begins: of the active span, of the `traceparent`, or new ones. */
export function beginTrace(traceparent?: string): Trace {
  const active = trace.getActiveSpan()?.spanContext();
  if (active) return { traceId: active.traceId, spanId: active.spanId };
  const traceId = parseTraceparent(traceparent)?.traceId ?? randomHex();
  return { traceId, spanId: randomHex().slice(SPAN_ID_LENGTH) };
}

/** The trace that the work in progress belongs to; a new one where there is none. */
export function currentTraceId(): string {
  const active = trace.getActiveSpan()?.spanContext();
  return active?.traceId ?? currentContext()?.traceId ?? randomHex();
}

/** 32 random digits. Node makes UUIDs in batches, which costs a tenth of single random bytes. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}

/** Runs `work` in a span that gets its time, its attributes and its error. Nearly free with tracing off. */
export async function traced<T>(
  name: string,
  attributes: SpanAttributes,
  work: () => Promise<T>,
): Promise<T> {
  const tracer = trace.getTracer(TRACER_NAME);
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      const { type, message, stack } = describeError(error);
      span.recordException({ name: type, message, ...(stack && { stack }) });
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Adds data to the active span. */
export function describeSpan(attributes: SpanAttributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/** Names the span of an HTTP request by its route, which is only known once the router has run. */
export function describeRoute(method: string, route: string): void {
  const span = trace.getActiveSpan();
  span?.updateName(`${method} ${route}`);
  span?.setAttribute('http.route', route);
}

/** The W3C header that hands the current trace to a job or another service. */
export function currentTraceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  if (active) return formatTraceparent(active);
  const current = currentContext();
  return current && formatTraceparent({ ...current, traceFlags: TraceFlags.NONE });
}

/** Runs `work` as a part of the trace behind `traceparent`, or of a new one, with a context of its own. */
export async function inTrace<T>(
  name: string,
  traceparent: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return context.with(remoteContext(traceparent), () =>
    traced(name, {}, () => {
      const requestContext = { requestId: undefined, ...beginTrace(traceparent) };
      return runInContext(requestContext, work);
    }),
  );
}

function remoteContext(traceparent: string | undefined): Context {
  const parent = parseTraceparent(traceparent);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

function parseTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  if (NO_TRACE_ID.test(traceId) || NO_TRACE_ID.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags === TraceFlags.SAMPLED ? '01' : '00'}`;
}
