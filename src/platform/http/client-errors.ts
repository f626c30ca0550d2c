import type { OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '#platform/telemetry/logger';
import { beginTrace } from '#platform/telemetry/tracing';
import { newId } from '#shared/ids';
import { presentProblem, PROBLEM_CONTENT_TYPE, type Fault } from './problem.ts';

export type ClientErrorDependencies = {
  readonly logger: Logger;
  readonly securityHeaders: OutgoingHttpHeaders;
};

const FAULTS: Readonly<Record<string, Fault>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    kind: 'request_timeout',
    detail: 'The request took too long to arrive',
  },
  HPE_HEADER_OVERFLOW: { kind: 'headers_too_large', detail: 'The headers are over their limit' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { kind: 'too_large', detail: 'The body is over its limit' },
};
const UNREADABLE: Fault = { kind: 'bad_request', detail: 'The request is not valid HTTP' };

/** Answers what never became a request, on the bare socket, with the headers and body of every other answer. */
export function createClientErrorHandler({ logger, securityHeaders }: ClientErrorDependencies) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    const response = pendingResponse(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || response === 'begun') {
      socket.destroy();
      return;
    }
    const { traceId } = beginTrace();
    const fault = FAULTS[error.code ?? ''] ?? UNREADABLE;
    const problem = presentProblem(fault, { instance: '/', traceId });
    const requestId = newId();
    const answer = formatResponse(JSON.stringify(problem), {
      status: `${problem.status} ${problem.title}`,
      headers: { ...securityHeaders, 'x-trace-id': traceId, 'x-request-id': requestId },
    });
    socket.end(answer, () => socket.destroy());
    // A request that was already being answered has its own line.
    if (response === 'pending') return;
    const { status, code } = problem;
    const line = { status, code, client_address: socket.remoteAddress, parser_code: error.code };
    logger.info({ ...line, trace_id: traceId, request_id: requestId }, 'request');
  };
}

/** Node keeps the response in progress on the socket; writing over one that has begun would corrupt it. */
function pendingResponse(socket: Socket): 'none' | 'pending' | 'begun' {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  if (typeof message !== 'object' || message === null) return 'none';
  return 'headersSent' in message && message.headersSent === true ? 'begun' : 'pending';
}

function formatResponse(
  body: string,
  { status, headers }: { status: string; headers: OutgoingHttpHeaders },
): string {
  const all = {
    ...headers,
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${String(value)}`);
  return `HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}
