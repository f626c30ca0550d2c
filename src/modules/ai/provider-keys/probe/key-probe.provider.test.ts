import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createKeyProbe } from './key-probe.provider.ts';

const KEY = 'sk-of-a-team';
const never = new AbortController().signal;

let server: Server;
let baseUrl: string;
let calls: IncomingMessage[];
/** Undefined keeps the caller waiting. */
let answer: { readonly status: number; readonly body: unknown } | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    calls.push(request);
    if (!answer) return;
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  baseUrl = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await once(server.close(), 'close');
});
beforeEach(() => {
  calls = [];
});

it.each([
  ['openai', '/models', 'authorization', `Bearer ${KEY}`, { data: [] }],
  ['litellm', '/models', 'authorization', `Bearer ${KEY}`, { data: [] }],
  ['anthropic', '/v1/models?limit=1', 'authorization', `Bearer ${KEY}`, { data: [] }],
  ['gemini', '/v1beta/models?pageSize=1', 'x-goog-api-key', KEY, { models: [] }],
] as const)('asks %s for its models', async (provider, path, header, value, body) => {
  answer = { status: 200, body };
  const probe = createKeyProbe();
  expect(await probe.probe(provider, { apiKey: KEY, baseUrl }, never)).toBe('valid');
  expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET ${path}`]);
  expect(calls[0]?.headers[header]).toBe(value);
});

it.each([400, 401, 403])('takes a status of %i for a refusal', async (status) => {
  answer = { status, body: { error: {} } };
  const connection = { apiKey: KEY, baseUrl };
  expect(await createKeyProbe().probe('gemini', connection, never)).toBe('refused');
});

it.each([
  [200, []],
  [200, { message: 'hello' }],
  [302, { data: [] }],
  [429, { data: [] }],
  [500, {}],
])('takes a status of %i with %j for no provider', async (status, body) => {
  answer = { status, body };
  const connection = { apiKey: KEY, baseUrl };
  expect(await createKeyProbe().probe('openai', connection, never)).toBe('unreachable');
});

it('does not wait for what says nothing, and ends with its caller', async () => {
  answer = undefined;
  const connection = { apiKey: KEY, baseUrl };
  const hasty = createKeyProbe({ timeoutMs: 30 });
  expect(await hasty.probe('openai', connection, never)).toBe('unreachable');
  const leaving = new AbortController();
  const probing = createKeyProbe().probe('openai', connection, leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(probing).rejects.toThrow('gone');
});

it('asks nobody where there is no address', async () => {
  const connection = { apiKey: KEY, baseUrl: undefined };
  expect(await createKeyProbe().probe('litellm', connection, never)).toBe('unreachable');
  expect(calls).toEqual([]);
});
