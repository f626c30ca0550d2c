import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, type Client, type Json } from '#test/client';
import { formatRequest, sendRaw, type RawAnswer } from '#test/raw-http';
import { startTestService, type TestService } from '#test/service';

const BODY_LIMIT = 262_144;
const PROJECTS = '/api/v1/projects';
const CHAT = '/api/v1/chat';
const LOGIN = '/api/v1/auth/login';
const TYPED = { 'Content-Type': 'application/json' };

let test: TestService;
let client: Client;
let authorization: string;

beforeAll(async () => {
  test = await startTestService({ BODY_LIMIT: String(BODY_LIMIT) });
  const somebody = await signUp(test.baseUrl);
  client = somebody.client;
  authorization = `Bearer ${somebody.login.access_token}`;
});
afterAll(() => test.close());

describe('a body', () => {
  const project = (name: string) => JSON.stringify({ name });
  const nested = (depth: number) => `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const manyKeys = Object.fromEntries(Array.from({ length: 10_000 }, (_, key) => [`k${key}`, 1]));
  const cases: readonly [string, number, string | Buffer, Readonly<Record<string, string>>][] = [
    ['of the largest size', 422, sizedBody(BODY_LIMIT), TYPED],
    ['one byte over the limit', 413, sizedBody(BODY_LIMIT + 1), TYPED],
    [
      'that is compressed',
      415,
      gzipSync(project('x'.repeat(100_000))),
      { ...TYPED, 'Content-Encoding': 'gzip' },
    ],
    ['of plain text', 415, project('x'), { 'Content-Type': 'text/plain' }],
    ['of a form', 415, 'name=x', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['without a type', 415, project('x'), {}],
    ['of JSON by another name', 415, project('x'), { 'Content-Type': 'application/jsonp' }],
    ['that is no JSON', 400, '{"name":', TYPED],
    ['that is nothing', 422, '', TYPED],
    ['that is null', 422, 'null', TYPED],
    ['that is a list', 422, '[]', TYPED],
    ['that is a text', 422, '"x"', TYPED],
    ['with __proto__', 400, '{"name":"x","__proto__":{"admin":true}}', TYPED],
    [
      'with constructor.prototype',
      400,
      '{"name":"x","constructor":{"prototype":{"admin":true}}}',
      TYPED,
    ],
    ['with ten thousand keys', 422, JSON.stringify({ name: 'x', ...manyKeys }), TYPED],
    ['5,000 levels deep', 422, nested(5000), TYPED],
    ['100,000 levels deep', 422, nested(100_000), TYPED],
    ['with a member of another route', 422, '{"name":"x","team_id":"y","is_admin":true}', TYPED],
    ['that is not UTF-8', 400, Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), TYPED],
  ];

  it.each(cases)('%s is answered %i and changes nothing', async (_what, status, body, headers) => {
    for (const path of [PROJECTS, CHAT, LOGIN]) {
      const answer = await post(path, body, headers);
      expect.soft(answer.status, path).toBe(status);
      expectProblem(answer);
    }
    expect((await client.get('/projects')).body.total).toBe(0);
    expect((await client.get('/chat/sessions')).body.total).toBe(0);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  it('too deep says so', async () => {
    const answer = await post(PROJECTS, nested(5000), TYPED);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'VALIDATION_ERROR', reason: 'too_deep' });
  });

  it('over the limit is given up where its length is not told', async () => {
    const chunk = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`;
    const headers = { ...TYPED, Authorization: authorization, 'Transfer-Encoding': 'chunked' };
    const answer = await sendRaw(
      test.baseUrl,
      formatRequest(`POST ${PROJECTS}`, headers, chunk.repeat(6)),
    );
    expect(answer.status).toBe(413);
    expectProblem(answer);
  });

  it('takes the last of two members with one name', async () => {
    const { id, name } = JSON.parse((await post(PROJECTS, '{"name":"a","name":"b"}', TYPED)).body);
    expect(name).toBe('b');
    expect((await client.call('DELETE', `/projects/${id}`)).status).toBe(204);
  });
});

describe('a request', () => {
  const chunked = { 'Transfer-Encoding': 'chunked' };
  const cases: readonly [string, number, () => string][] = [
    [
      'with two lengths',
      400,
      () => formatRequest(`POST ${LOGIN}`, { 'Content-Length': '2\r\nContent-Length: 3' }, '{}'),
    ],
    [
      'with a length and chunks',
      400,
      () => formatRequest(`POST ${LOGIN}`, { 'Content-Length': '4', ...chunked }, '0\r\n\r\n'),
    ],
    [
      'with a bad chunk',
      400,
      () => formatRequest(`POST ${LOGIN}`, { ...TYPED, ...chunked }, 'zz\r\n{}\r\n'),
    ],
    [
      'with a NUL in a header',
      400,
      () => formatRequest(`GET ${PROJECTS}`, { 'User-Agent': 'a\0b' }),
    ],
    [
      'with a bare line feed',
      400,
      () => formatRequest(`GET ${PROJECTS}`, { 'X-A': 'a\nX-Team-Id: b\r' }),
    ],
    ['that is no HTTP', 400, () => '\u0016\u0003\u0001\u0002\r\n\r\n'],
    [
      'with 20 KB of headers',
      431,
      () => formatRequest(`GET ${PROJECTS}`, { 'X-Long': 'a'.repeat(20_000) }),
    ],
    ['for 9,000 characters of path', 414, () => formatRequest(`GET /${'a'.repeat(9000)}`)],
    ['for a path that cannot be decoded', 400, () => formatRequest('GET /%E0%A4%A')],
    ['by TRACE', 405, () => formatRequest(`TRACE ${PROJECTS}`)],
    ['by a method that the path does not know', 405, () => formatRequest(`PUT ${PROJECTS}`)],
    ['for nothing that is there', 404, () => formatRequest('GET /api/v1/nothing')],
    ['for a path with a trailing slash', 404, () => formatRequest('GET /api/v1/users/me/')],
    ['for a path in other letters', 404, () => formatRequest('GET /api/v1/Projects')],
    ['without signing in', 401, () => formatRequest(`GET ${PROJECTS}`)],
    [
      'by another method in a header',
      401,
      () => formatRequest(`GET ${PROJECTS}`, { 'X-HTTP-Method-Override': 'POST' }),
    ],
    [
      'for another path in a header',
      404,
      () => formatRequest('GET /api', { 'X-Original-URL': '/metrics' }),
    ],
  ];

  it.each(cases)('%s is answered %i with a problem document', async (_what, status, request) => {
    const answer = await sendRaw(test.baseUrl, request());
    expect(answer.status).toBe(status);
    expectProblem(answer);
  });

  it('refused for its method says which are allowed', async () => {
    const answer = await sendRaw(test.baseUrl, formatRequest(`PUT ${PROJECTS}`));
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('names its client by any bytes, and signs in all the same', async () => {
    const { email } = await signUp(test.baseUrl);
    const body = JSON.stringify({ email, password: 'Wrong-passw0rd' });
    const agent = Buffer.from([0xff, 0xed, 0xa0, 0x80]).toString('latin1');
    const headers = { ...TYPED, 'User-Agent': agent, 'Content-Length': String(body.length) };
    const request = Buffer.from(formatRequest(`POST ${LOGIN}`, headers, body), 'latin1');
    expect((await sendRaw(test.baseUrl, request)).status).toBe(401);
  });
});

function post(path: string, body: string | Buffer, headers: object): Promise<RawAnswer> {
  const all = {
    ...headers,
    Authorization: authorization,
    'Content-Length': String(Buffer.byteLength(body)),
  };
  return sendRaw(
    test.baseUrl,
    Buffer.concat([Buffer.from(formatRequest(`POST ${path}`, all)), Buffer.from(body)]),
  );
}

function sizedBody(bytes: number): string {
  const frame = JSON.stringify({ name: '' });
  return frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`);
}

/** What every refusal has, and what none may show. */
function expectProblem({ status, headers, body }: RawAnswer): void {
  expect(headers.get('content-type')).toContain('application/problem+json');
  const problem: Json = JSON.parse(body);
  expect(problem).toMatchObject({
    status,
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
    instance: expect.any(String),
    code: expect.stringMatching(/^[A-Z_]+$/),
    trace_id: headers.get('x-trace-id'),
  });
  expect(headers.get('x-request-id')).toEqual(expect.any(String));
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(body).not.toMatch(/\bat \/|node_modules|FST_|select |zod/i);
}
