import type { FastifyReply, FastifyRequest } from 'fastify';
import { headerOf } from './exchange.ts';

export type ResponseEnvelope = 'none' | 'trace';

/** Follows another wire form to the letter, or is a document of its own. */
const NEVER_WRAPPED = /^\/(v1\/|mcp\b|langgraph\/|openapi\.json|docs)/;
const PREFERENCE = /^envelope\s*=\s*"?trace"?$/i;

/** Wraps a JSON success body as `{trace_id, data}` where the request or the setting asks for it. */
export function createEnvelope(setting: ResponseEnvelope) {
  return (request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown => {
    const isPreferred = prefersEnvelope(headerOf(request, 'prefer'));
    if (!isPreferred && setting === 'none') return payload;
    if (typeof payload !== 'string' || !isWrappable(request, reply)) return payload;
    if (isPreferred) reply.header('preference-applied', 'envelope=trace');
    const traceId = request.exchange?.context.traceId ?? '';
    return `{"trace_id":"${traceId}","data":${payload}}`;
  };
}

function prefersEnvelope(header: string | undefined): boolean {
  if (header === undefined) return false;
  return header.split(/[,;]/).some((preference) => PREFERENCE.test(preference.trim()));
}

function isWrappable(request: FastifyRequest, reply: FastifyReply): boolean {
  const isSuccess = reply.statusCode >= 200 && reply.statusCode < 300 && reply.statusCode !== 204;
  const type = String(reply.getHeader('content-type') ?? '');
  return isSuccess && type.startsWith('application/json') && !NEVER_WRAPPED.test(request.url);
}
