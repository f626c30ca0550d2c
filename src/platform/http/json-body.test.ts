import { gzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { buildHttpApp } from '#test/http-app';
import type { App } from './app.ts';
import { numeric, text } from './schema-parts.ts';

const LIMIT_BYTES = 4096;
let app: App;

beforeAll(async () => {
  ({ app } = await buildHttpApp({ settings: { bodyLimitBytes: LIMIT_BYTES } }));
  const Anything = z.record(z.string(), z.unknown());
  const Strict = z.object({ name: text(20).optional(), count: numeric().optional() });
  const config = { access: 'public' } as const;
  const schema = { response: { 200: z.unknown() } };
  app.post(
    '/any',
    { schema: { ...schema, operationId: 'any', body: Anything }, config },
    (request) => request.body,
  );
  app.post(
    '/strict',
    { schema: { ...schema, operationId: 'strict', body: Strict }, config },
    (request) => request.body,
  );
  return () => app.close();
});

function send(url: string, payload: string | Buffer, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/json' };
  return app.inject({ method: 'POST', url, payload, headers: { ...type, ...headers } });
}

function ofBytes(bytes: number): string {
  return `{"a":"${'x'.repeat(bytes - '{"a":""}'.length)}"}`;
}

it.each([
  ['broken JSON', '{"a":'],
  ['a name that poisons prototypes', '{"__proto__":{"admin":true}}'],
  ['a constructor that poisons prototypes', '{"constructor":{"prototype":{"admin":true}}}'],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])],
  ['half of a UTF-8 sequence', Buffer.from('{"a":"é"}').subarray(0, 7)],
])('answers %s with 400', async (_what, payload) => {
  const answer = await send('/any', payload);
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: 'BAD_REQUEST' });
  expect(Reflect.get({}, 'admin')).toBeUndefined();
});

it.each([65, 2000])('refuses %i levels of nesting as too deep', async (depth) => {
  const payload = `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  const answer = await send('/any', payload);
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'VALIDATION_ERROR', reason: 'too_deep' });
});

it('takes 64 levels of nesting, and brackets that only stand in a text', async () => {
  const deepest = `{"a":${'['.repeat(63)}${']'.repeat(63)}}`;
  expect((await send('/any', deepest)).body).toBe(deepest);
  const brackets = JSON.stringify({ a: '['.repeat(500) });
  expect((await send('/any', brackets)).body).toBe(brackets);
});

it.each(['1e400', '-1e400', '9007199254740993', '99999999999999999999', '-0', '"NaN"'])(
  'refuses the number %s',
  async (number) => {
    const answer = await send('/strict', `{"count":${number}}`);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].field).toBe('count');
  },
);

it.each(['\\u0000', '\\ud800', '\\udc00x'])('refuses the text %s', async (escaped) => {
  const answer = await send('/strict', `{"name":"a${escaped}"}`);
  expect(answer.statusCode).toBe(422);
  expect(answer.json().errors[0].field).toBe('name');
});

it('gives a text of any script back byte for byte', async () => {
  const payload = '{"name":"ไทย 😀 é"}';
  expect((await send('/strict', payload)).body).toBe(payload);
});

it.each(['gzip', 'br', 'deflate'])('refuses a body in %s', async (encoding) => {
  const answer = await send('/any', gzipSync('{"a":1}'), { 'content-encoding': encoding });
  expect(answer.statusCode).toBe(415);
});

it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
  'refuses the type %s',
  async (type) => {
    const answer = await send('/any', '{"a":1}', { 'content-type': type });
    expect(answer.statusCode).toBe(415);
    expect(answer.json()).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
  },
);

it('takes a body of exactly the limit and refuses one byte more', async () => {
  expect((await send('/any', ofBytes(LIMIT_BYTES))).statusCode).toBe(200);
  const over = await send('/any', ofBytes(LIMIT_BYTES + 1));
  expect(over.statusCode).toBe(413);
  expect(over.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
});
