import type { FastifyRequest } from 'fastify';
import { isLoopback } from './client-address.ts';
import { headerOf } from './exchange.ts';

const LOCAL_NAME = 'localhost';

/** Whether a request was made at this machine, and came through no proxy. */
export function isDirectLoopback(request: FastifyRequest): boolean {
  const isProxied = headerOf(request, 'x-forwarded-for') ?? headerOf(request, 'forwarded');
  return isProxied === undefined && isLoopback(request.raw.socket.remoteAddress);
}

/**
 * The same, for a request that asked for this machine by a name of its own. A page whose foreign name was
 * made to lead here asks for that name, and so does a proxy that tells nothing of itself.
 */
export function isLocalCaller(request: FastifyRequest): boolean {
  const host = URL.parse(`http://${headerOf(request, 'host') ?? ''}`)?.hostname;
  if (host === undefined || !isDirectLoopback(request)) return false;
  return host === LOCAL_NAME || isLoopback(host.replace(/^\[(.*)\]$/, '$1'));
}
