import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '#platform/http/app';
import {
  LoginRequest,
  LoginResponse,
  LogoutRequest,
  presentSignIn,
  presentTokens,
  RefreshRequest,
  TokenResponse,
} from './auth.schemas.ts';
import type { AuthService, SignInClient } from './auth.service.ts';
import { createSignInCookie } from './sign-in-cookie.ts';

const tags = ['auth'];
const MAX_USER_AGENT_LENGTH = 512;
const BEARER = /^Bearer +(\S+)$/i;

const login = {
  schema: {
    operationId: 'loginUser',
    summary: 'Sign in; sets the cookie and answers tokens',
    tags,
    body: LoginRequest,
    response: { 200: LoginResponse },
  },
  config: { access: 'public', rateLimit: 'login', isCookieSetting: true },
} as const;
const refresh = {
  schema: {
    operationId: 'refreshTokens',
    summary: 'Exchange a refresh token for a new pair; each can be used once',
    tags,
    body: RefreshRequest,
    response: { 200: TokenResponse },
  },
  config: { access: 'public', isCookieSetting: true },
} as const;
const logout = {
  schema: {
    operationId: 'logoutUser',
    summary: 'End the session of the access token, the cookie or the refresh token',
    tags,
    body: LogoutRequest,
    response: { 204: z.void() },
  },
  config: { access: 'public', isCookieSetting: true },
} as const;

export type AuthRoutesDependencies = {
  readonly auth: AuthService;
  readonly settings: { readonly isCookieSecure: boolean };
};

export function registerAuthRoutes(app: App, dependencies: AuthRoutesDependencies): void {
  const { auth, settings } = dependencies;
  const cookie = createSignInCookie({ isSecure: settings.isCookieSecure });

  app.post('/auth/login', login, async (request, reply) => {
    const { email, password, remember_me: isRemembered, cookie: isCookieOnly } = request.body;
    const client = clientOf(request);
    const signIn = await auth.login({ email, password, isRemembered, isCookieOnly, client });
    cookie.set(reply, signIn.cookie);
    return reply.send(presentSignIn(signIn));
  });

  app.post('/auth/refresh', refresh, async (request) =>
    presentTokens(await auth.refresh({ refreshToken: request.body.refresh_token })),
  );

  app.post('/auth/logout', logout, async (request, reply) => {
    const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const refreshToken = request.body?.refresh_token;
    await auth.logout({
      accessTokens: [bearer, cookie.read(request)].filter(isGiven),
      refreshTokens: [refreshToken].filter(isGiven),
    });
    cookie.clear(reply);
    return reply.code(204).send();
  });
}

function clientOf(request: FastifyRequest): SignInClient {
  const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null;
  // PostgreSQL's `inet` takes no zone.
  const [ip = ''] = request.ip.split('%');
  return { ip: ip || null, userAgent };
}

function isGiven(token: string | undefined): token is string {
  return token !== undefined;
}
