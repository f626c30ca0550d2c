import { beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { AppError, invalid, notFound, type ErrorKind } from '#platform/errors/app-error';
import { buildHttpApp, type LogLine } from '#test/http-app';
import type { App } from './app.ts';

const CANARY = 'select secret from vault at /srv/host';
const Body = z.strictObject({
  name: z.string().min(2, 'Name is too short').regex(/\d/, 'Name must contain a number'),
  items: z.array(z.object({ count: z.int() })).optional(),
});

let app: App;
let logLines: LogLine[];
let failure: unknown;

beforeEach(async () => {
  ({ app, logLines } = await buildHttpApp());
  const config = { access: 'public' } as const;
  app.get('/fails', { schema: { operationId: 'fail' }, config }, () => {
    throw failure;
  });
  app.post('/checks', { schema: { operationId: 'check', body: Body }, config }, () => 'ok');
  return () => app.close();
});

it.each<[ErrorKind, number, string]>([
  ['bad_request', 400, 'BAD_REQUEST'],
  ['quota_exceeded', 402, 'QUOTA_EXCEEDED'],
  ['forbidden', 403, 'FORBIDDEN'],
  ['not_found', 404, 'NOT_FOUND'],
  ['duplicate', 409, 'DUPLICATE'],
  ['conflict', 409, 'CONFLICT'],
  ['idempotency_conflict', 409, 'IDEMPOTENCY_CONFLICT'],
  ['too_large', 413, 'PAYLOAD_TOO_LARGE'],
  ['unsupported_media', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['invalid', 422, 'VALIDATION_ERROR'],
  ['rate_limited', 429, 'RATE_LIMITED'],
  ['external', 502, 'EXTERNAL_SERVICE_ERROR'],
  ['unavailable', 503, 'SERVICE_UNAVAILABLE'],
  ['timeout', 504, 'TIMEOUT'],
  ['storage_full', 507, 'STORAGE_FULL'],
])('answers %s with %i %s', async (kind, status, code) => {
  failure = new AppError(kind, 'What happened', { reason: 'some.reason', retryAfterSeconds: 7 });
  const answer = await app.inject('/fails?token=secret');
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.json()).toEqual({
    type: `urn:groundwork:problem:${kind}`,
    title: expect.any(String),
    status,
    detail: 'What happened',
    instance: '/fails',
    code,
    trace_id: answer.headers['x-trace-id'],
    reason: 'some.reason',
  });
});

it('names the resource that is not there', async () => {
  failure = notFound('project', 'p-1');
  const { details } = (await app.inject('/fails')).json();
  expect(details).toEqual({ resource: 'project', id: 'p-1' });
});

it('gives every 401 the same body and keeps its reason for the log', async () => {
  const bodies = [];
  for (const reason of ['expired', 'unknown_user']) {
    failure = new AppError('unauthenticated', `It is ${reason}`, { reason });
    const answer = await app.inject('/fails');
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    bodies.push({ ...answer.json(), trace_id: '' });
  }
  expect(bodies[0]).toEqual(bodies[1]);
  expect(bodies[0]).toMatchObject({ detail: 'Invalid credentials', code: 'UNAUTHORIZED' });
  await vi.waitFor(() => expect(logLines).toHaveLength(2));
  expect(logLines.map(({ reason }) => reason)).toEqual(['expired', 'unknown_user']);
});

it.each([
  ['an error', new Error(CANARY)],
  [
    'an error that claims a status',
    Object.assign(new Error(CANARY), { statusCode: 400, code: 'X' }),
  ],
  ['a text', CANARY],
])('tells nothing of %s that nobody expected, and logs it once', async (_what, unexpected) => {
  failure = unexpected;
  const answer = await app.inject('/fails');
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toMatchObject({ code: 'INTERNAL_ERROR', status: 500 });
  expect(answer.body).not.toContain('vault');
  await vi.waitFor(() => expect(logLines).toHaveLength(1));
  expect(logLines[0]).toMatchObject({ level: 'error', status: 500, endpoint: '/fails' });
  expect(JSON.stringify(logLines[0])).toContain('vault');
});

it('lists every unmet rule of a body, also the unknown members', async () => {
  const payload = { name: 'x', items: [{ count: 1 }, { count: 'two' }], extra: 1, more: 2 };
  const answer = await app.inject({ method: 'POST', url: '/checks', payload });
  expect(answer.statusCode).toBe(422);
  const { title, errors } = answer.json();
  expect(title).toBe('Validation error');
  expect(errors).toEqual([
    { field: 'name', message: 'Name is too short' },
    { field: 'name', message: 'Name must contain a number' },
    { field: 'items.1.count', message: expect.any(String) },
    { field: 'extra', message: 'Unknown field' },
    { field: 'more', message: 'Unknown field' },
  ]);
});

it('names the body itself when it is missing', async () => {
  const answer = await app.inject({ method: 'POST', url: '/checks' });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().errors).toEqual([{ field: 'body', message: expect.any(String) }]);
});

it('passes on the errors that a service found', async () => {
  const errors = [{ field: 'email', message: 'Not an address' }];
  failure = invalid(errors, 'email.invalid');
  expect((await app.inject('/fails')).json()).toMatchObject({ errors, reason: 'email.invalid' });
});

it('lists the allowed methods of a known address', async () => {
  const answer = await app.inject({ method: 'DELETE', url: '/fails' });
  expect(answer.statusCode).toBe(405);
  expect(answer.headers.allow).toBe('GET, HEAD');
  expect(answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
});
