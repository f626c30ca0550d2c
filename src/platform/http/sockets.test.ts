import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { buildHttpApp, type TestHttpOptions } from '#test/http-app';
import { SERVER_LIMITS } from './server-options.ts';

const SHORT = { ...SERVER_LIMITS, headersTimeoutMs: 200, checkIntervalMs: 50 };

async function listen(options: TestHttpOptions = {}) {
  const built = await buildHttpApp(options);
  const handled: string[] = [];
  const body = z.object({}).loose();
  const schema = { operationId: 'echo', body, response: { 200: z.object({ ok: z.boolean() }) } };
  built.app.post('/echo', { schema, config: { access: 'public' } }, () => {
    handled.push('echo');
    return { ok: true };
  });
  built.app.get('/read', { schema: { operationId: 'read' }, config: { access: 'public' } }, () => {
    handled.push('read');
    return 'x';
  });
  const url = await built.app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => built.app.close());
  return { ...built, handled, port: Number(new URL(url).port) };
}

/** Opens a socket, writes, and reads until the server closes it. */
async function exchange(port: number, ...parts: readonly string[]): Promise<string> {
  const socket = open(port);
  for (const part of parts) socket.write(part);
  return read(socket);
}

function open(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  return socket;
}

async function read(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) text += String(chunk);
  return text;
}

function request(line: string, headers: readonly string[] = [], body = ''): string {
  return [`${line} HTTP/1.1`, 'Host: localhost', ...headers, '', body].join('\r\n');
}

function parse(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
}

const CHUNKED = 'Transfer-Encoding: chunked';
const JSON_TYPE = 'Content-Type: application/json';

it.each([
  [
    'both lengths',
    request('POST /echo', ['Content-Length: 4', CHUNKED, JSON_TYPE], '0\r\n\r\n'),
    400,
  ],
  ['two lengths', request('POST /echo', ['Content-Length: 2', 'Content-Length: 3'], '{}'), 400],
  ['a bad chunk', request('POST /echo', [CHUNKED, JSON_TYPE], 'zz\r\n{}\r\n'), 400],
  ['a header with a bare line feed', request('GET /read', ['X-A: a\nX-B: b\r']), 400],
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n', 400],
  ['20 KB of headers', request('GET /read', [`X-Long: ${'a'.repeat(20_000)}`]), 431],
])('answers %s with a problem document and closes', async (_what, text, status) => {
  const { port, handled, logLines } = await listen();
  const answer = parse(await exchange(port, text));
  expect(answer.status).toBe(status);
  expect(answer.head).toContain('content-type: application/problem+json');
  expect(answer.head).toMatch(/x-trace-id: [0-9a-f]{32}/);
  expect(answer.head).toContain('x-request-id: ');
  expect(answer.head).toContain('x-content-type-options: nosniff');
  expect(answer.head).toContain('connection: close');
  expect(JSON.parse(answer.body)).toMatchObject({ status, trace_id: expect.any(String) });
  expect(handled).toEqual([]);
  await vi.waitFor(() => {
    const requests = logLines.filter(({ message }) => message === 'request');
    expect(requests).toHaveLength(1);
  });
});

it.each([
  ['TRACE', request('TRACE /read', ['Connection: close']), 405],
  ['an unknown path by TRACE', request('TRACE /nowhere', ['Connection: close']), 405],
  ['a path that cannot be decoded', request('GET /%E0%A4%A', ['Connection: close']), 400],
  ['9,000 characters of path', request(`GET /${'a'.repeat(9000)}`, ['Connection: close']), 414],
])('answers %s before any handler', async (_what, text, status) => {
  const { port, handled } = await listen();
  const answer = parse(await exchange(port, text));
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toMatchObject({ status });
  expect(handled).toEqual([]);
});

it('gives up on headers that do not come to an end', async () => {
  const { port } = await listen({ limits: { server: SHORT } });
  const answer = parse(await exchange(port, 'GET /read HTTP/1.1\r\nHost: loc'));
  expect(answer.status).toBe(408);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'REQUEST_TIMEOUT' });
});

it('closes a connection on which nothing is ever asked', async () => {
  const { port } = await listen({ limits: { server: SHORT } });
  expect(parse(await read(open(port))).status).toBe(408);
});

it('closes an idle connection that was kept alive', async () => {
  const { port } = await listen({ limits: { server: { ...SHORT, keepAliveTimeoutMs: 50 } } });
  const answer = parse(await exchange(port, request('GET /read')));
  expect(answer.status).toBe(200);
});

it('gives up on a body that drips in, without calling the handler', async () => {
  const body = { windowMs: 100, minimumBytes: 50 };
  const { port, handled, logLines } = await listen({ limits: { body } });
  const socket = open(port);
  socket.write(request('POST /echo', ['Content-Length: 1000', JSON_TYPE], '{'));
  const drip = setInterval(() => socket.write(' '), 20);
  socket.on('error', () => {});
  const answer = parse(await read(socket));
  clearInterval(drip);
  expect(answer.status).toBe(408);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'REQUEST_TIMEOUT' });
  expect(handled).toEqual([]);
  await vi.waitFor(() => expect(logLines.filter(({ status }) => status === 408)).toHaveLength(1));
});

it('lets a body take its time as long as it keeps coming', async () => {
  const body = { windowMs: 60, minimumBytes: 5 };
  const { port, handled } = await listen({ limits: { body } });
  const socket = open(port);
  const headers = ['Content-Length: 202', JSON_TYPE, 'Connection: close'];
  socket.write(request('POST /echo', headers, '{'));
  let sent = 0;
  const feed = setInterval(() => {
    sent += 10;
    socket.write(' '.repeat(10));
    if (sent < 200) return;
    clearInterval(feed);
    socket.write('}');
  }, 10);
  expect(parse(await read(socket)).status).toBe(200);
  expect(handled).toEqual(['echo']);
});

it('answers a body over its limit at once and closes, whether it names its length or not', async () => {
  const { port } = await listen({ settings: { bodyLimitBytes: 1000 } });
  const named = request('POST /echo', [JSON_TYPE, 'Content-Length: 100000000'], 'x'.repeat(5000));
  const chunk = `${(50_000).toString(16)}\r\n${'x'.repeat(50_000)}\r\n`;
  const unnamed = request('POST /echo', [JSON_TYPE, CHUNKED], chunk);
  for (const text of [named, unnamed]) {
    const answer = parse(await exchange(port, text));
    expect(answer.status).toBe(413);
    expect(answer.head).toContain('connection: close');
  }
});

it('logs a client that went away as gone, and counts nothing as in progress', async () => {
  const { app, port, logLines, metrics } = await listen();
  const isAsked = once(app.server, 'request');
  const socket = open(port);
  socket.write(request('POST /echo', ['Content-Length: 1000', JSON_TYPE], '{'));
  await isAsked;
  socket.destroy();
  await vi.waitFor(() => expect(logLines.some(({ status }) => status === 499)).toBe(true));
  const { values } = await metrics.httpRequestsInProgress.get();
  expect(values.every(({ value }) => value === 0)).toBe(true);
});

it('goes on serving after every one of them', async () => {
  const { app, port } = await listen({ limits: { server: SHORT } });
  const bad = [
    '\0\0\0',
    request('POST /echo', [CHUNKED], 'zz'),
    request('GET /%', ['Connection: close']),
  ];
  await Promise.all(bad.map((text) => exchange(port, text, '\r\n\r\n')));
  expect((await app.inject('/read')).statusCode).toBe(200);
});
