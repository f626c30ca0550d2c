import { timingSafeEqual, hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, isAppError, notFound } from '#platform/errors/app-error';
import { identifyContext } from '#platform/telemetry/request-context';
import type { Actor } from '#shared/actor';
import type { Authenticate, Credentials } from './authenticator.ts';
import { headerOf } from './exchange.ts';
import { isDirectLoopback } from './local-caller.ts';
import type { RateLimits } from './rate-limit.hook.ts';
import { assertSameOrigin } from './same-origin.ts';

export type AuthenticateStageOptions = {
  readonly authenticate: Authenticate;
  readonly rateLimits: RateLimits;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly isSecure: boolean;
  readonly metricsToken: string | undefined;
};

const BEARER = /^Bearer +(\S+)$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The sign-in cookie's name; under TLS the prefix keeps other hosts and plain HTTP from setting it. */
export function accessTokenCookie(isSecure: boolean): string {
  return isSecure ? '__Host-access_token' : 'access_token';
}

/** Finds out who is asking, where the route wants to know; undefined on a public route. */
export function createAuthenticateStage(options: AuthenticateStageOptions) {
  const cookieName = accessTokenCookie(options.isSecure);

  async function signIn(request: FastifyRequest, reply: FastifyReply): Promise<Actor> {
    try {
      return await options.authenticate(credentialsOf(request, cookieName));
    } catch (error) {
      // Guessing credentials counts against the address, or it would be without a limit.
      if (isAppError(error, 'unauthenticated')) await options.rateLimits.byAddress(request, reply);
      throw error;
    }
  }

  return async (request: FastifyRequest, reply: FastifyReply): Promise<Actor | undefined> => {
    if (isBrowserAtStake(request, cookieName)) assertSameOrigin(request, options.allowedOrigins);
    const access = accessOf(request);
    if (access === 'public') return undefined;
    if (access === 'optional' && !isSigned(request, cookieName)) return undefined;
    if (access === 'metrics') return assertMayScrape(request, options.metricsToken);
    const actor = await signIn(request, reply);
    const { userId, teamId, credential } = actor;
    const apiKeyId = credential.kind === 'api_key' ? credential.apiKeyId : undefined;
    identifyContext({ userId, teamId, apiKeyId });
    return actor;
  };
}

/** Whether a browser may be what signs the request, be signed in or out by its answer, or read along on a socket. */
function isBrowserAtStake(request: FastifyRequest, cookieName: string): boolean {
  if (headerOf(request, 'authorization') !== undefined) return false;
  const { isCookieSetting, isSocket } = request.routeOptions.config ?? {};
  return isCookieSetting === true || isSocket === true || Boolean(request.cookies[cookieName]);
}

/** What no route matches is public: there is nothing behind it. */
export function accessOf(request: FastifyRequest) {
  return request.is404 ? 'public' : (request.routeOptions.config?.access ?? 'user');
}

function isSigned(request: FastifyRequest, cookieName: string): boolean {
  const { headers, cookies } = request;
  const isByHeader = (headers.authorization ?? headers['x-api-key']) !== undefined;
  return isByHeader || Boolean(cookies[cookieName]);
}

/** @throws NOT_FOUND for a team that cannot be */
export function credentialsOf(request: FastifyRequest, cookieName: string): Credentials {
  const authorization = headerOf(request, 'authorization');
  const apiKey = authorization === undefined ? headerOf(request, 'x-api-key') : undefined;
  const isByCookie = authorization === undefined && apiKey === undefined;
  const teamId = headerOf(request, 'x-team-id');
  if (teamId !== undefined && !UUID.test(teamId)) throw notFound('team', teamId.slice(0, 64));
  return {
    bearer: BEARER.exec(authorization ?? '')?.[1],
    apiKey,
    cookie: isByCookie ? request.cookies[cookieName] : undefined,
    teamId,
    isPasswordResetAllowed: request.routeOptions.config?.isPasswordResetAllowed === true,
  };
}

/** With a token only its bearer may scrape; without one only this machine, and not through a proxy. */
function assertMayScrape(request: FastifyRequest, token: string | undefined): undefined {
  if (token === undefined) {
    if (isDirectLoopback(request)) return undefined;
    throw new AppError('forbidden', 'Set METRICS_TOKEN to read metrics from another machine');
  }
  const given = BEARER.exec(headerOf(request, 'authorization') ?? '')?.[1] ?? '';
  if (timingSafeEqual(digest(given), digest(token))) return undefined;
  throw new AppError('unauthenticated', 'Not the metrics token');
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
