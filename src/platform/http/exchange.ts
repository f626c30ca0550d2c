import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '#shared/actor';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';

import { redactPath } from '#platform/telemetry/redaction';
import { runInContext, type RequestContext } from '#platform/telemetry/request-context';
import { beginTrace } from '#platform/telemetry/tracing';
import { addressOf } from './client-address.ts';

/** What is known about a request while it is answered. */
export type Exchange = {
  readonly context: RequestContext;
  readonly startedAt: number;
  actor: Actor | undefined;
  /** Code and reason of the problem it was answered with. */
  code: string | undefined;
  reason: string | undefined;
  /** What was thrown, where the problem is ours and not the caller's. */
  failure: unknown;
};

export type ExchangeDependencies = {
  readonly logger: Logger;
  readonly metrics: Pick<
    Metrics,
    'httpRequestsTotal' | 'httpRequestDurationSeconds' | 'httpRequestsInProgress'
  >;
};

export type ExchangeOf = (request: FastifyRequest, reply: FastifyReply) => Exchange;

/** One label for whatever matches no route, so that random paths add no series. */
const UNMATCHED = 'unmatched';
/** The status of an answer nobody waited for, as proxies log it. */
const CLIENT_GONE = 499;
const LOGGED_PATH_LENGTH = 200;
const MS_PER_SECOND = 1000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SERVER_ERROR = 500;

/** Gives each request its ids, and one count and one log line when it is over, however it ends. */
export function createExchangeOf({ logger, metrics }: ExchangeDependencies): ExchangeOf {
  function begin(request: FastifyRequest, reply: FastifyReply): Exchange {
    const exchange: Exchange = {
      context: {
        requestId: request.id,
        ip: addressOf(request),
        ...beginTrace(headerOf(request, 'traceparent')),
      },
      startedAt: performance.now(),
      actor: undefined,
      code: undefined,
      reason: undefined,
      failure: undefined,
    };
    const isProbe = request.routeOptions.config?.isProbe === true;
    const labels = { method: methodOf(request), endpoint: endpointOf(request) };
    if (!isProbe) metrics.httpRequestsInProgress.inc(labels);
    let isFinished = false;
    reply.raw.once('finish', () => {
      isFinished = true;
    });
    reply.raw.once('close', () => {
      const status = isFinished ? reply.raw.statusCode : CLIENT_GONE;
      const durationMs = performance.now() - exchange.startedAt;
      const level = levelOf(status, isProbe);
      if (logger.isLevelEnabled(level)) {
        runInContext(exchange.context, () => {
          logger[level](describe(request, { exchange, status, durationMs }), 'request');
        });
      }
      if (isProbe) return;
      metrics.httpRequestsInProgress.dec(labels);
      const counted = { ...labels, status_code: String(status) };
      metrics.httpRequestsTotal.inc(counted);
      metrics.httpRequestDurationSeconds.observe(counted, durationMs / MS_PER_SECOND);
    });
    return exchange;
  }

  return (request, reply) => (request.exchange ??= begin(request, reply));
}

export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function isMatched(request: FastifyRequest): boolean {
  return request.routeOptions.url !== undefined && !request.is404;
}

function endpointOf(request: FastifyRequest): string {
  return isMatched(request) ? (request.routeOptions.url ?? UNMATCHED) : UNMATCHED;
}

function methodOf(request: FastifyRequest): string {
  return isMatched(request) ? request.method : 'ANY';
}

function levelOf(status: number, isProbe: boolean): 'debug' | 'info' | 'error' {
  if (status >= SERVER_ERROR) return 'error';
  return isProbe ? 'debug' : 'info';
}

function describe(
  request: FastifyRequest,
  end: { exchange: Exchange; status: number; durationMs: number },
): object {
  const { exchange, status, durationMs } = end;
  const [path = ''] = request.raw.url?.split('?') ?? [];
  return {
    method: request.method,
    endpoint: endpointOf(request),
    status,
    duration_ms: Math.round(durationMs * MS_PER_SECOND) / MS_PER_SECOND,
    ...(!isMatched(request) && { path: redactPath(path).slice(0, LOGGED_PATH_LENGTH) }),
    client_address: request.ip,
    ...(exchange.actor && { team_id: exchange.actor.teamId }),
    code: exchange.code,
    reason: exchange.reason,
    ...resourceIds(request.params),
    ...(exchange.failure !== undefined && { err: exchange.failure }),
  };
}

/** Only ids of the path: another parameter may be a secret, such as the token of an invitation. */
function resourceIds(params: unknown): object {
  if (typeof params !== 'object' || params === null) return {};
  const ids = Object.entries(params).filter(
    ([, value]) => typeof value === 'string' && UUID.test(value),
  );
  return ids.length > 0 ? { resource: Object.fromEntries(ids) } : {};
}
