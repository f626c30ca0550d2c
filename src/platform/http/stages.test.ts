import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { AppError } from '#platform/errors/app-error';
import type { RateLimiter } from '#platform/rate-limit/rate-limiter';
import { buildActor, buildHttpApp, type TestHttpOptions } from '#test/http-app';

const TRACE_ID = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f-]{36}$/;
const ORIGIN = 'https://app.example';

/** An app with one route for users that writes down in which order its stages ran. */
async function buildRecordingApp(options: TestHttpOptions = {}) {
  const stages: string[] = [];
  const rateLimiter: RateLimiter = {
    async consume({ windows: [window] }, key) {
      if (!window) throw new Error('A policy has a window');
      stages.push(`limit by ${key.split(':')[0]}`);
      return { isAllowed: !key.includes('198.51.100.9'), window, remaining: 0, resetSeconds: 45 };
    },
    close: async () => {},
  };
  const built = await buildHttpApp({
    rateLimiter,
    authenticate: async () => {
      stages.push('authenticate');
      return buildActor();
    },
    settings: { corsOrigins: [ORIGIN] },
    ...options,
  });
  const body = z.object({ name: z.string() }).superRefine(() => void stages.push('validate'));
  const response = { 200: z.object({ ok: z.boolean() }) };
  built.app.addHook('onRequest', async (request, reply) => {
    // The last hook of this kind: what ran before it has set its headers.
    if (reply.getHeader('access-control-allow-origin')) stages.unshift('cors');
    if (request.exchange) stages.splice(1, 0, 'ids and trace');
  });
  built.app.post(
    '/things',
    { schema: { operationId: 'makeThing', body, response }, config: { access: 'user' } },
    async (_request, reply) => {
      stages.push('handler');
      if (reply.hasHeader('x-content-type-options')) stages.push('headers came too early');
      return { ok: true };
    },
  );
  onTestFinished(() => built.app.close());
  return { ...built, stages };
}

it('runs the stages of a request in the order of the architecture', async () => {
  const { app, stages } = await buildRecordingApp();
  const answer = await app.inject({
    method: 'POST',
    url: '/things',
    headers: { origin: ORIGIN },
    payload: { name: 'x' },
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(stages).toEqual([
    'cors',
    'ids and trace',
    'authenticate',
    'limit by user',
    'validate',
    'handler',
  ]);
});

it('limits by address before anything else is asked of a public request', async () => {
  const { app, stages } = await buildRecordingApp();
  const answer = await app.inject({ url: '/nowhere', remoteAddress: '198.51.100.9' });
  expect(answer.statusCode).toBe(429);
  expect(stages).toEqual(['limit by address']);
});

it('counts a failed sign-in against the address', async () => {
  const { app, stages } = await buildRecordingApp({
    authenticate: async () => {
      throw new AppError('unauthenticated', 'Expired', { reason: 'expired' });
    },
  });
  const send = (remoteAddress: string) =>
    app.inject({ method: 'POST', url: '/things', payload: {}, remoteAddress });
  expect((await send('198.51.100.1')).statusCode).toBe(401);
  expect((await send('198.51.100.9')).statusCode).toBe(429);
  expect(stages).toContain('limit by address');
});

it.each([
  ['a preflight', { method: 'OPTIONS', url: '/things' }, 204],
  ['an unknown address', { method: 'GET', url: '/nowhere' }, 404],
  ['a refused request', { method: 'GET', url: '/x', remoteAddress: '198.51.100.9' }, 429],
  ['an address that cannot be decoded', { method: 'GET', url: '/%E0%A4%A' }, 400],
  ['a request that is not valid', { method: 'POST', url: '/things', payload: {} }, 422],
  ['a known address with another method', { method: 'PUT', url: '/things' }, 405],
] as const)('gives %s its ids and the security headers', async (_what, request, status) => {
  const { app, logLines } = await buildRecordingApp();
  const headers = { origin: ORIGIN, 'access-control-request-method': 'POST' };
  const answer = await app.inject({ ...request, headers });
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['x-trace-id']).toMatch(TRACE_ID);
  expect(answer.headers['x-request-id']).toMatch(UUID);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  await vi.waitFor(() => expect(logLines).toHaveLength(1));
  expect(logLines[0]).toMatchObject({ trace_id: answer.headers['x-trace-id'], status });
});

it('takes over the trace of the caller and a sane request id', async () => {
  const { app } = await buildRecordingApp();
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, 'x-request-id': 'job-17.a' };
  const answer = await app.inject({ url: '/health', headers });
  expect(answer.headers['x-trace-id']).toBe(traceId);
  expect(answer.headers['x-request-id']).toBe('job-17.a');
});

it.each(['a b', 'x'.repeat(129), '<script>', ''])(
  'makes an id of its own in place of the request id "%s"',
  async (given) => {
    const { app } = await buildRecordingApp();
    const answer = await app.inject({ url: '/health', headers: { 'x-request-id': given } });
    expect(answer.headers['x-request-id']).toMatch(UUID);
  },
);

it('allows credentials to listed origins only', async () => {
  const { app } = await buildRecordingApp();
  const ask = (origin: string) => app.inject({ url: '/health', headers: { origin } });
  const listed = await ask(ORIGIN);
  expect(listed.headers['access-control-allow-origin']).toBe(ORIGIN);
  expect(listed.headers['access-control-allow-credentials']).toBe('true');
  for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`]) {
    const foreign = await ask(origin);
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
  }
});

it('never combines every origin with credentials', async () => {
  const { app } = await buildRecordingApp({ settings: { corsOrigins: ['*'] } });
  const answer = await app.inject({ url: '/health', headers: { origin: 'https://x.example' } });
  expect(answer.headers['access-control-allow-origin']).toBe('*');
  expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
});

it('promises TLS only where it is served under TLS', async () => {
  const plain = await buildRecordingApp();
  const secure = await buildRecordingApp({ settings: { isSecure: true } });
  const header = async ({ app }: typeof plain) =>
    (await app.inject('/health')).headers['strict-transport-security'];
  expect(await header(plain)).toBeUndefined();
  expect(await header(secure)).toContain('max-age=');
});

it('refuses an address of 9,000 characters', async () => {
  const { app, stages } = await buildRecordingApp();
  const answer = await app.inject(`/${'a'.repeat(9000)}`);
  expect(answer.statusCode).toBe(414);
  expect(answer.json()).toMatchObject({ code: 'URI_TOO_LONG' });
  expect(stages).toEqual([]);
});
