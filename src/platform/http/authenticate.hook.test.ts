import type { FastifyContextConfig } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { AppError } from '#platform/errors/app-error';
import type { ApiKeyScope, Credential } from '#shared/actor';
import { newId, type AuthSessionId } from '#shared/ids';
import { buildActor, buildHttpApp, type TestHttpOptions } from '#test/http-app';
import type { Access, Credentials } from './authenticator.ts';

const OUR_PAGE = 'https://app.example';

async function buildApp(options: TestHttpOptions = {}) {
  const asked: Credentials[] = [];
  const built = await buildHttpApp({
    authenticate: async (credentials) => {
      asked.push(credentials);
      if (!credentials.bearer && !credentials.cookie) throw new AppError('unauthenticated', 'None');
      return buildActor({ role: credentials.bearer === 'admin' ? 'admin' : 'user' });
    },
    ...options,
    settings: { corsOrigins: [OUR_PAGE], ...options.settings },
  });
  for (const access of ['public', 'optional', 'user', 'admin'] as const satisfies Access[]) {
    const response = { 200: z.object({ who: z.string() }) };
    const schema = { response };
    const config = { access };
    built.app.post(
      `/${access}`,
      { schema: { ...schema, operationId: `post-${access}` }, config },
      (request) => ({
        who: request.caller?.userId ?? 'anybody',
      }),
    );
  }
  onTestFinished(() => built.app.close());
  return { ...built, asked };
}

it('tells a route who is asking', async () => {
  const actor = buildActor();
  const { app } = await buildApp({ authenticate: async () => actor });
  const answer = await app.inject({ method: 'POST', url: '/user' });
  expect(answer.json()).toEqual({ who: actor.userId });
});

it.each([
  ['user', undefined, 401],
  ['user', 'token', 200],
  ['admin', undefined, 401],
  ['admin', 'token', 403],
  ['admin', 'admin', 200],
  ['public', undefined, 200],
  ['optional', undefined, 200],
  ['optional', 'token', 200],
])('answers a route for %s with the token %s by %i', async (access, token, status) => {
  const { app } = await buildApp();
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await app.inject({ method: 'POST', url: `/${access}`, headers });
  expect(answer.statusCode).toBe(status);
});

it('serves an optional route by who is asking, and refuses bad credentials there too', async () => {
  const actor = buildActor();
  const { app } = await buildApp({
    authenticate: async ({ bearer }) => {
      if (bearer === 'token') return actor;
      throw new AppError('unauthenticated', 'Bad');
    },
  });
  const ask = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/optional', headers });
  expect((await ask({})).json()).toEqual({ who: 'anybody' });
  expect((await ask({ authorization: 'Bearer token' })).json()).toEqual({ who: actor.userId });
  for (const headers of [
    { authorization: 'Bearer other' },
    { authorization: 'nonsense' },
    { cookie: 'access_token=other' },
  ]) {
    expect((await ask(headers)).statusCode).toBe(401);
  }
});

it.each<[string, Credential]>([
  ['an API key', { kind: 'api_key', apiKeyId: newId(), scopes: ['read', 'write'] }],
  ['a token of another issuer', { kind: 'external', issuer: 'https://elsewhere.example' }],
  ['a session in their name', { kind: 'session', authSessionId: newId(), impersonatorId: newId() }],
])('lets administrators in by their own session, and not by %s', async (_what, credential) => {
  const actor = buildActor({ role: 'admin', credential });
  const { app } = await buildApp({ authenticate: async () => actor });
  expect((await app.inject({ method: 'POST', url: '/user' })).statusCode).toBe(200);
  expect((await app.inject({ method: 'POST', url: '/admin' })).statusCode).toBe(403);
});

it('refuses to add a route that does not say who may call it', async () => {
  const { app } = await buildApp();
  const schema = { operationId: 'open' };
  expect(() => app.get('/open', { schema }, () => 'x')).toThrow('does not say who may call it');
  expect(() => app.get('/open', { config: { access: 'user' } }, () => 'x')).toThrow('operationId');
});

it('fails a public route that asks for an actor', async () => {
  const { app } = await buildHttpApp();
  onTestFinished(() => app.close());
  const options = { schema: { operationId: 'wrong' }, config: { access: 'public' } } as const;
  app.get('/wrong', options, (request) => request.actor.userId);
  expect((await app.inject('/wrong')).statusCode).toBe(500);
});

it.each(['//admin', '/Admin', '/admin/', '/public/../Admin', '/nowhere'])(
  'finds nothing at %s, whatever the headers say',
  async (url) => {
    const { app } = await buildApp();
    const headers = { 'x-original-url': '/admin', 'x-rewrite-url': '/admin' };
    const answer = await app.inject({ method: 'POST', url, headers });
    expect(answer.statusCode).toBe(404);
  },
);

it('asks for sign-in behind an encoded path and an overridden method too', async () => {
  const { app } = await buildApp();
  const headers = { 'x-http-method-override': 'GET' };
  const answer = await app.inject({ method: 'POST', url: '/%61dmin', headers });
  expect(answer.statusCode).toBe(401);
});

it('takes the cookie that fits the connection, and only without an Authorization header', async () => {
  const plain = await buildApp();
  const cookie = 'access_token=plain; __Host-access_token=secure';
  const send = ({ app }: typeof plain, headers: object) =>
    app.inject({ method: 'POST', url: '/user', headers: { cookie, ...headers } });
  await send(plain, {});
  await send(plain, { authorization: 'Bearer mine' });
  await send(plain, { authorization: 'Basic eDp5' });
  expect(plain.asked.map(({ bearer, cookie: value }) => ({ bearer, value }))).toEqual([
    { bearer: undefined, value: 'plain' },
    { bearer: 'mine', value: undefined },
    { bearer: undefined, value: undefined },
  ]);
  const secure = await buildApp({ settings: { isSecure: true } });
  await send(secure, {});
  expect(secure.asked).toMatchObject([{ cookie: 'secure' }]);
});

it('passes the team on, and answers a team that cannot be with 404', async () => {
  const { app, asked } = await buildApp();
  const teamId = '018f0000-0000-7000-8000-000000000000';
  const send = (team: string) =>
    app.inject({
      method: 'POST',
      url: '/user',
      headers: { authorization: 'Bearer t', 'x-team-id': team },
    });
  expect((await send(teamId)).statusCode).toBe(200);
  expect(asked).toMatchObject([{ teamId }]);
  expect((await send("' or 1=1")).statusCode).toBe(404);
});

it.each([
  ['a foreign origin', { origin: 'https://evil.example' }, 403],
  ['an opaque origin', { origin: 'null' }, 403],
  ['a foreign origin that names our host', { origin: 'https://localhost.evil.example' }, 403],
  ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a fetch of a sibling site', { 'sec-fetch-site': 'same-site' }, 403],
  ['a plain text body', { 'content-type': 'text/plain' }, 403],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 403],
  ['a listed origin', { origin: OUR_PAGE, 'sec-fetch-site': 'cross-site' }, 200],
  ['its own origin', { origin: 'http://localhost:80' }, 200],
  ['the public address', { origin: 'http://localhost:8000' }, 200],
  ['its own page', { 'sec-fetch-site': 'same-origin' }, 200],
  ['a client that is no browser', {}, 200],
])('answers a request signed by cookie from %s', async (_from, headers, status) => {
  const { app, asked } = await buildApp();
  const signed = { cookie: 'access_token=mine', ...headers };
  const answer = await app.inject({ method: 'POST', url: '/user', headers: signed });
  expect(answer.statusCode).toBe(status);
  expect(asked).toHaveLength(status === 200 ? 1 : 0);
});

it('lets nobody act on a public route through the cookie of somebody signed in', async () => {
  const { app } = await buildApp();
  const headers = { cookie: 'access_token=mine', origin: 'https://evil.example' };
  const answer = await app.inject({ method: 'POST', url: '/public', headers });
  expect(answer.statusCode).toBe(403);
});

it('does not ask a bearer where it comes from', async () => {
  const { app } = await buildApp();
  const headers = { authorization: 'Bearer t', origin: 'https://evil.example' };
  expect((await app.inject({ method: 'POST', url: '/user', headers })).statusCode).toBe(200);
});

it.each([
  ['this machine', { remoteAddress: '127.0.0.1' }, 200],
  ['this machine by IPv6', { remoteAddress: '::1' }, 200],
  ['another machine', { remoteAddress: '198.51.100.7' }, 403],
  ['a proxy here', { remoteAddress: '127.0.0.1', headers: { 'x-forwarded-for': '1.2.3.4' } }, 403],
])('shows metrics without a token to %s', async (_who, from, status) => {
  const { app } = await buildApp();
  expect((await app.inject({ url: '/metrics', ...from })).statusCode).toBe(status);
});

it.each([
  [undefined, 401],
  ['Bearer wrong', 401],
  ['Bearer scrape', 200],
])('shows metrics that have a token to "%s" by %i', async (authorization, status) => {
  const { app } = await buildApp({ settings: { metricsToken: 'scrape' } });
  const headers = authorization ? { authorization } : {};
  expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(status);
});

const LACKING = { status: 403, reason: 'insufficient_scope' };
const KEY_CASES = [
  ['read', 'GET', '/reads', undefined],
  ['read', 'POST', '/user', LACKING],
  ['read', 'POST', '/searches', undefined],
  ['write', 'POST', '/user', undefined],
  ['worker', 'GET', '/reads', LACKING],
  ['worker', 'POST', '/searches', LACKING],
  ['worker', 'POST', '/works', undefined],
  ['write', 'POST', '/works', LACKING],
  ['write', 'POST', '/in-person', { status: 401 }],
  ['write', 'POST', '/by-session', { status: 401 }],
  ['write', 'POST', '/admin', { status: 403 }],
] as const;

async function buildScopedApp(credential: Credential) {
  const actor = buildActor({ role: 'admin', credential });
  const built = await buildApp({ authenticate: async () => actor });
  const add = (method: 'get' | 'post', url: string, config: FastifyContextConfig) =>
    built.app[method](url, { schema: { operationId: url.slice(1) }, config }, () => ({
      is: 'served',
    }));
  add('get', '/reads', { access: 'user' });
  add('post', '/searches', { access: 'user', keyScope: 'read' });
  add('post', '/works', { access: 'worker' });
  add('post', '/in-person', { access: 'user', signIn: 'person' });
  add('post', '/by-session', { access: 'user', signIn: 'session' });
  return built.app;
}

it.each(KEY_CASES)('answers a key that may %s by its scope at %s %s', async (...oneCase) => {
  const [scope, method, url, refusal] = oneCase;
  const scopes: ApiKeyScope[] = scope === 'write' ? ['read', 'write'] : [scope];
  const app = await buildScopedApp({ kind: 'api_key', apiKeyId: newId(), scopes });
  const answer = await app.inject({ method, url });
  expect(answer.statusCode).toBe(refusal?.status ?? 200);
  expect(answer.json()).toMatchObject(refusal ?? {});
});

it.each([
  [{ kind: 'session', authSessionId: newId<AuthSessionId>() }, [200, 200, 401]],
  [{ kind: 'external', issuer: 'https://id.example' }, [200, 401, 401]],
] as const)('serves people in person, and never as workers: %j', async (credential, statuses) => {
  const app = await buildScopedApp(credential);
  const answers = await Promise.all(
    ['/in-person', '/by-session', '/works'].map((url) => app.inject({ method: 'POST', url })),
  );
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(statuses);
});

it('takes a key from its header, and from nowhere beside an Authorization header', async () => {
  const { app, asked } = await buildApp();
  const send = (headers: Record<string, string>, url = '/user') =>
    app.inject({ method: 'POST', url, headers });
  await send({ 'x-api-key': 'key', cookie: 'access_token=mine' });
  await send({ 'x-api-key': 'key', authorization: 'Bearer mine' });
  await send({}, '/user?api_key=key&access_token=key&x-api-key=key');
  expect(asked).toMatchObject([
    { bearer: undefined, apiKey: 'key', cookie: undefined },
    { bearer: 'mine', apiKey: undefined },
    { bearer: undefined, apiKey: undefined, cookie: undefined },
  ]);
});
