import type { OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import helmet from 'helmet';
import { hasBody } from './body-speed.ts';
import type { Exchange } from './exchange.ts';
import { lingerOnClose } from './linger.ts';
import { IncomingMessage, ServerResponse } from './node-http.ts';

/** What a script of another origin may read. */
const EXPOSED_HEADERS = [
  'X-Trace-Id',
  'X-Request-ID',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Preference-Applied',
  'Idempotency-Replayed',
  'Content-Disposition',
  'Content-Location',
  'Location',
].join(', ');

/** The headers of helmet for an API, computed once: they do not depend on the request. */
export function securityHeaders(isSecure: boolean): OutgoingHttpHeaders {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const apply = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: isSecure,
    xFrameOptions: { action: 'deny' },
    // For browsers that are gone, or pages that an API does not have.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  apply(request, response, (error) => {
    if (error !== undefined) throw error;
  });
  return { ...response.getHeaders() };
}

export type SetCommonHeaders = (exchange: Exchange, reply: FastifyReply) => void;

/** What every answer carries: its ids, the security headers, and whether the connection goes on. */
export function createCommonHeaders(options: {
  readonly isSecure: boolean;
  readonly isDraining: () => boolean;
}): SetCommonHeaders {
  const fixed: OutgoingHttpHeaders = {
    'cache-control': 'no-store',
    ...securityHeaders(options.isSecure),
  };
  const names = Object.keys(fixed);

  return (exchange, reply) => {
    for (const name of names) {
      // A page of its own, such as the documentation, brings its own policy.
      if (!reply.hasHeader(name)) reply.header(name, fixed[name]);
    }
    reply.header('x-trace-id', exchange.context.traceId);
    reply.header('x-request-id', exchange.context.requestId);
    allowOrigin(reply);
    const isUnread = hasUnreadBody(reply.request);
    if (isUnread) lingerOnClose(reply.request.raw);
    if (isUnread || options.isDraining()) reply.header('connection', 'close');
  };
}

/** Only for an origin that is listed; credentials never go with "every origin". */
function allowOrigin(reply: FastifyReply): void {
  const origin = reply.getHeader('access-control-allow-origin');
  if (origin === undefined) return;
  if (origin !== '*') reply.header('access-control-allow-credentials', 'true');
  reply.header('access-control-expose-headers', EXPOSED_HEADERS);
}

/** A body that was refused is not read to its end: the connection goes instead. */
function hasUnreadBody({ raw }: FastifyRequest): boolean {
  return !raw.complete && hasBody(raw);
}
