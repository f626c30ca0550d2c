import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import type { ResolvedAddress } from './guarded-connector.ts';

/** What nothing may reach: it counts who knocks. */
let tripwire: Server;
let knocks = 0;
let server: Server;
let answer: (response: ServerResponse, headers: Readonly<Record<string, unknown>>) => void;
const clients: HttpClient[] = [];

beforeAll(async () => {
  tripwire = createServer((_request, response) => response.end('secret'));
  tripwire.on('connection', () => (knocks += 1));
  server = createServer((request, response) => answer(response, request.headers));
  for (const each of [tripwire, server]) await once(each.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  if (knocks > 0) throw new Error('the tripwire was reached');
  server.closeAllConnections();
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(async () => {
  for (const each of [tripwire, server]) {
    each.closeAllConnections();
    await once(each.close(), 'close');
  }
});

function portOf(each: Server): number {
  const address = each.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function buildFetch(addresses: readonly ResolvedAddress[] = []): typeof fetch {
  const allowedHosts = [`127.0.0.1:${portOf(server)}`];
  const client = createHttpClient({ allowedHosts, resolve: async () => addresses });
  clients.push(client);
  return client.fetch;
}

const url = () => `http://127.0.0.1:${portOf(server)}/v1/models`;

it('sends what a client library gives it, and gives back a whole response', async () => {
  let seen: unknown;
  answer = (response, headers) => {
    seen = headers;
    response.writeHead(201, { 'x-request-id': 'r1' }).end('{"ok":true}');
  };
  const response = await buildFetch()(url(), {
    method: 'POST',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: '{}',
  });
  expect(response).toBeInstanceOf(Response);
  expect([response.status, response.headers.get('x-request-id')]).toEqual([201, 'r1']);
  expect(await response.json()).toEqual({ ok: true });
  expect(seen).toMatchObject({ authorization: 'Bearer secret', 'content-length': '2' });
});

it('calls no address that is not public, whatever the way to write it', async () => {
  const refused = ['127.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost', '169.254.169.254'];
  for (const host of refused) {
    const target = `http://${host}:${portOf(tripwire)}/`;
    await expect(buildFetch()(target)).rejects.toBeInstanceOf(TypeError);
  }
  await expect(buildFetch()('file:///etc/passwd')).rejects.toBeInstanceOf(TypeError);
  await expect(buildFetch()('https://example.com:5432/')).rejects.toBeInstanceOf(TypeError);
});

it('connects to no name that leads to a private address', async () => {
  for (const address of ['127.0.0.1', '10.0.0.1', '::1']) {
    const family = address.includes(':') ? 6 : 4;
    const calling = buildFetch([{ address, family }])('http://rebound.example:8080/');
    await expect(calling).rejects.toMatchObject({ cause: { name: 'AddressRefused' } });
  }
});

it.each([302, 307, 308])('does not follow a redirect of status %i', async (status) => {
  answer = (response) =>
    response.writeHead(status, { location: `http://127.0.0.1:${portOf(tripwire)}/` }).end();
  const response = await buildFetch()(url(), { headers: { authorization: 'Bearer secret' } });
  expect(response.status).toBe(status);
});

it('asks for nothing packed', async () => {
  answer = (response, headers) => response.end(String(headers['accept-encoding']));
  expect(await (await buildFetch()(url())).text()).toBe('identity');
});

it('cuts an answer that does not end, and unpacks none', async () => {
  const cut = createGuardedFetch({
    allowedHosts: new Set([`127.0.0.1:${portOf(server)}`]),
    open: async () => {
      const { Agent } = await import('undici');
      return { agent: new Agent() };
    },
    maxResponseBytes: 100_000,
  });
  answer = (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20_000_000)));
  expect((await (await cut(url())).arrayBuffer()).byteLength).toBeLessThan(100_000);
  answer = (response) => {
    const feed = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', feed);
    feed();
  };
  await expect((await cut(url())).text()).rejects.toMatchObject({
    cause: { message: 'the answer is too large' },
  });
});

it('ends with its signal', async () => {
  answer = () => undefined;
  const leaving = new AbortController();
  const calling = buildFetch()(url(), { signal: leaving.signal });
  leaving.abort(new Error('gone'));
  await expect(calling).rejects.toThrow('gone');
});
