import type { FastifyReply, FastifyRequest } from 'fastify';
import { isAppError, type ErrorKind } from '#platform/errors/app-error';
import type { OpenStream } from './event-streams.ts';
import { createEventWriter, type EventWriter } from './event-writer.ts';
import {
  faultOf,
  instanceOf,
  presentProblem,
  statusOf,
  type Fault,
  type Problem,
} from './problem.ts';

export { StreamClosedError } from './event-writer.ts';

/** `json` is data that was made into its JSON text before; `name` is the `event` field. */
export type StreamEvent = { readonly id?: number | string; readonly name?: string } & (
  | { readonly data: unknown }
  | { readonly json: string }
);

/** Where another API is spoken. */
export type StreamForm = {
  /** The event that tells of a failure; the stream then ends without `[DONE]`. */
  readonly describeFailure: (fault: Fault, problem: Problem) => StreamEvent;
  /** Whether a whole stream ends with `data: [DONE]`. */
  readonly hasDone: boolean;
};

export type EventStream = {
  /** Aborts, with a `StreamClosedError`, when nobody reads any more; our own `end()` does not abort it. */
  readonly closed: AbortSignal;
  /** Puts one event into the stream; events of one turn of the event loop leave in one write. */
  send(event: StreamEvent): void;
  comment(text: string): void;
  /**
   * A producer faster than the reader waits here, until that one has caught up or the stream is closed; there is
   * nothing to wait for where it keeps up.
   */
  ready(): Promise<void> | undefined;
  /** Ends the stream, with `data: [DONE]` unless its form says otherwise. */
  end(): void;
  /** Tells the reader of a failure, leaves it to the request's log line, and ends the stream. */
  fail(error: unknown, id?: number): void;
};

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};
const ENDING: ReadonlySet<ErrorKind> = new Set(['unauthenticated', 'forbidden', 'not_found']);
const DONE = 'data: [DONE]\n\n';
const SERVER_ERROR = 500;

/** Takes over the answer as a stream of server-sent events; headers and a first byte go out at once. */
export function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  form?: StreamForm,
): EventStream {
  const { eventStreams } = request.server;
  reply.hijack();
  eventStreams.prepare(request, reply);
  const writer = createEventWriter(reply.raw, eventStreams.limits);
  reply.raw.on('error', () => writer.close('client_gone'));
  keepAlive(reply, { writer, intervalMs: eventStreams.limits.heartbeatMs });

  const formatFault = createFaultFormat(request, form);
  const open = buildOpenStream(writer, formatFault);
  eventStreams.add(open);
  watchReader(request, reply, open);
  reply.raw.once('close', () => eventStreams.remove(open));

  beginAnswer(reply);
  const comment = (text: string) => writer.write(`: ${text.replaceAll(/[\r\n]+/g, ' ')}\n\n`);
  // Through the writer, so that a first event that is there already leaves with it.
  comment('open');
  return {
    closed: writer.closed,
    send: (event) => writer.write(formatEvent(event)),
    comment,
    ready: () => writer.ready(),
    end: () => writer.end(form?.hasDone === false ? '' : DONE),
    fail: (error, id) => {
      noteFailure(request, error);
      writer.end(formatFault(faultOf(error), id));
    },
  };
}

function beginAnswer(reply: FastifyReply): void {
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...HEADERS })) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(200);
}

function keepAlive(
  reply: FastifyReply,
  { writer, intervalMs }: { writer: EventWriter; intervalMs: number },
): void {
  const timer = setInterval(() => {
    if (!reply.raw.writableNeedDrain) writer.write(': keep-alive\n\n');
  }, intervalMs);
  reply.raw.once('close', () => clearInterval(timer));
}

/** Ends the stream of a reader who was deactivated, signed out or left the team; other faults say nothing of them. */
function watchReader(request: FastifyRequest, reply: FastifyReply, open: OpenStream): void {
  const actor = request.exchange?.actor;
  if (!actor) return;
  const { limits, revalidate } = request.server.eventStreams;
  const timer = setInterval(() => {
    revalidate(actor).catch((error: unknown) => {
      if (isAppError(error) && ENDING.has(error.kind)) open.terminate(faultOf(error));
    });
  }, limits.revalidateMs);
  reply.raw.once('close', () => clearInterval(timer));
}

/** What a shutdown may do to a stream: tell its reader, and end it. */
function buildOpenStream(writer: EventWriter, formatFault: FaultFormat): OpenStream {
  return {
    terminate(fault) {
      writer.end(formatFault(fault));
      writer.close('shutdown');
    },
  };
}

type FaultFormat = (fault: Fault, id?: number) => string;

/** Writes the last event of a stream that cannot go on. */
function createFaultFormat(request: FastifyRequest, form: StreamForm | undefined): FaultFormat {
  return (fault, id) => {
    const problem = presentProblem(fault, {
      instance: instanceOf(request.raw.url),
      traceId: request.exchange?.context.traceId ?? '',
    });
    if (form) return formatEvent(form.describeFailure(fault, problem));
    const data = { ...problem, type: 'error' };
    return `${formatEvent(id === undefined ? { data } : { id, data })}${DONE}`;
  };
}

function noteFailure({ exchange }: FastifyRequest, error: unknown): void {
  if (!exchange) return;
  const { kind, reason } = faultOf(error);
  exchange.reason = reason;
  if (statusOf(kind) >= SERVER_ERROR) exchange.failure = error;
}

function formatEvent(event: StreamEvent): string {
  const json = 'json' in event ? event.json : JSON.stringify(event.data);
  const name = event.name === undefined ? '' : `event: ${event.name}\n`;
  const fields = `${name}data: ${json}\n\n`;
  return event.id === undefined ? fields : `id: ${event.id}\n${fields}`;
}
