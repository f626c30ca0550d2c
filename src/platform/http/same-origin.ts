import type { FastifyRequest } from 'fastify';
import { AppError } from '#platform/errors/app-error';
import { headerOf } from './exchange.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Types that a page of any origin may send without asking first. */
const FORM_TYPES = /^(text\/plain|application\/x-www-form-urlencoded)\b/i;
const TRUSTED_SITES = new Set(['same-origin', 'none']);

/**
 * Refuses an unsafe request that a page of a foreign origin may have caused in the browser of
 * somebody signed in by cookie, or to sign them in as somebody else. A client that is no browser
 * sends neither header and passes.
 * @throws FORBIDDEN
 */
export function assertSameOrigin(
  request: FastifyRequest,
  allowedOrigins: ReadonlySet<string>,
): void {
  // A page of any origin may open a socket without asking, and would read what comes.
  const isSocket = request.routeOptions.config?.isSocket === true;
  if (SAFE_METHODS.has(request.method) && !isSocket) return;
  const origin = headerOf(request, 'origin');
  const site = headerOf(request, 'sec-fetch-site');
  const isFromUs =
    origin === undefined
      ? site === undefined || TRUSTED_SITES.has(site)
      : allowedOrigins.has(origin) || isOwnHost(origin, request.host);
  const isForm = FORM_TYPES.test(headerOf(request, 'content-type') ?? '');
  if (isFromUs && !isForm) return;
  throw new AppError('forbidden', 'Requests of browsers must come from our own pages', {
    reason: 'cross_site',
  });
}

/**
 * For what answers a Bearer key beside the API: a page that had the name of this host point at it would pass for our
 * own by its address, so that only origins that the deployment knows are let in.
 */
export function refuseOtherOrigins(allowedOrigins: ReadonlySet<string>) {
  return async (request: FastifyRequest): Promise<void> => {
    const origin = headerOf(request, 'origin');
    if (origin === undefined || allowedOrigins.has(origin)) return;
    throw new AppError('forbidden', 'Pages of this origin are not allowed; see CORS_ORIGINS', {
      reason: 'cross_site',
    });
  };
}

function isOwnHost(origin: string, host: string): boolean {
  const page = URL.parse(origin);
  return (
    page !== null && page.host !== '' && page.host === URL.parse(`${page.protocol}//${host}`)?.host
  );
}
