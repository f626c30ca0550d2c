import type { IncomingMessage } from 'node:http';
import type { FastifyServerOptions } from 'fastify';
import { SOCKET_PATH } from './sockets/socket-path.ts';

/** The proxies in front whose `X-Forwarded-For` is believed: how many, or which networks. */
export type TrustProxy = false | number | readonly string[];

export type ServerLimits = {
  readonly headersTimeoutMs: number;
  /** The whole of a request, the slowest upload included; dripping bodies are given up much sooner. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly checkIntervalMs: number;
  readonly maxHeaderBytes: number;
  readonly maxParamLength: number;
  readonly maxConnections: number;
};

export const SERVER_LIMITS: ServerLimits = {
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 600_000,
  keepAliveTimeoutMs: 55_000,
  checkIntervalMs: 5000,
  maxHeaderBytes: 16_384,
  maxParamLength: 512,
  maxConnections: 20_000,
};

/** What Node and the framework leave open by default, closed. */
export function serverOptions(
  limits: ServerLimits,
  options: { readonly trustProxy: TrustProxy; readonly bodyLimitBytes: number },
) {
  return {
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // Any other wish for an upgrade is passed over, as HTTP allows: some clients try HTTP/2 that way.
      shouldUpgradeCallback: isSocketHandshake,
    },
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    bodyLimit: options.bodyLimitBytes,
    forceCloseConnections: 'idle',
    // Our own answer to a shutdown is a problem document and `Connection: close`.
    return503OnClosing: false,
    requestIdHeader: false,
    trustProxy: believedProxies(options.trustProxy),
    routerOptions: { maxParamLength: limits.maxParamLength },
  } as const satisfies FastifyServerOptions & { http: object };
}

function isSocketHandshake({ headers, url = '' }: IncomingMessage): boolean {
  const [path] = url.split('?');
  return headers.upgrade?.toLowerCase() === 'websocket' && path === SOCKET_PATH;
}

/** Never all of them: then the leftmost address counts, which the client writes itself. */
function believedProxies(trustProxy: TrustProxy) {
  if (trustProxy === false) return false;
  if (typeof trustProxy !== 'number') return [...trustProxy];
  return (_address: string, hop: number) => hop < trustProxy;
}
