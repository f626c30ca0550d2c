import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http-client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What nothing may reach: it counts who knocks. */
let tripwire: Server;
let knocks = 0;
/** A host that is allowed, and does what the test wants. */
let server: Server;
let handle: Handler;
const clients: HttpClient[] = [];

beforeAll(async () => {
  tripwire = createServer((_request, response) => response.end('secret'));
  tripwire.on('connection', () => (knocks += 1));
  server = createServer((request, response) => handle(request, response));
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

const urlOf = (each: Server, path = '/') => `http://127.0.0.1:${portOf(each)}${path}`;

function build(options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = createHttpClient({ allowedHosts: [`127.0.0.1:${portOf(server)}`], ...options });
  clients.push(client);
  return client;
}

function redirectTo(location: string, status = 302): Handler {
  return (_request, response) => response.writeHead(status, { location }).end();
}

const NOT_ALLOWED = { kind: 'invalid', options: { reason: 'url_not_allowed' } };
const FAILED = {
  kind: 'external',
  message: 'The address could not be fetched',
  options: { reason: 'fetch_failed' },
};

describe('an address', () => {
  it.each([
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://①②⑦.0.0.1/',
    'http://127.0.0.1./',
    'http://[::ffff:127.0.0.1]/',
    'http://[::]/',
    'http://[::1]/',
    'http://0/',
    'http://10.1.2.3/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://localhost/',
    'http://localhost./',
    'http://app.localhost/',
    'http://printer.local/',
    'http://metadata/',
    'http://metadata.google.internal/',
    'http://user@127.0.0.1/',
    'http://user:password@example.com/',
    'http://127.0.0.1\\@example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'ftp://example.com/',
    'http://example.com:22/',
    'http://example.com:5432/',
    'https://example.com:6379/',
    'not a url',
    '',
  ])('such as %s is refused when it is saved, and when it is called', async (url) => {
    const client = build();
    expect(() => client.assertAllowed(url, 'url')).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
    await expect(client.request(url)).rejects.toMatchObject(NOT_ALLOWED);
  });

  it.each(['https://example.com/hook', 'http://93.184.215.14:8080/', 'https://[2606:4700::1111]/'])(
    'such as %s may be saved',
    (url) => {
      expect(() => build().assertAllowed(url, 'url')).not.toThrow();
    },
  );

  it('is refused though another port of its host is allowed', async () => {
    await expect(build().request(urlOf(tripwire))).rejects.toMatchObject(NOT_ALLOWED);
  });
});

describe('a name', () => {
  it.each([
    ['loopback', [{ address: '127.0.0.1', family: 4 }]],
    ['loopback of IPv6', [{ address: '::1', family: 6 }]],
    ['a mapped address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['nothing', []],
    [
      'a public address and a private one',
      [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ],
  ])('that leads to %s is not connected to', async (_name, addresses) => {
    const client = build({ resolve: async () => addresses });
    await expect(client.request('http://rebound.example:8080/')).rejects.toMatchObject({
      ...FAILED,
      cause: { name: 'AddressRefused' },
    });
  });
});

describe('a redirect', () => {
  it.each([302, 307, 308])('of status %i to a private address is not followed', async (status) => {
    for (const target of [urlOf(tripwire), 'http://169.254.169.254/', 'file:///etc/passwd']) {
      handle = redirectTo(target, status);
      await expect(build().request(urlOf(server), { maxRedirects: 5 })).rejects.toMatchObject(
        FAILED,
      );
    }
  });

  it('is an answer like any other where none may be followed, and for a POST', async () => {
    handle = redirectTo(urlOf(tripwire), 307);
    expect((await build().request(urlOf(server))).status).toBe(307);
    const call = { method: 'POST', body: '{}', maxRedirects: 5 } as const;
    expect((await build().request(urlOf(server), call)).status).toBe(307);
  });

  it('leads to the end of a chain, but not round and round', async () => {
    handle = (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) return response.end('here');
      return redirectTo(`/${left - 1}`)(request, response);
    };
    const answer = await build().request(urlOf(server, '/3'), { maxRedirects: 3 });
    expect(answer.body.toString()).toBe('here');
    expect(answer.url).toBe(urlOf(server, '/0'));
    await expect(build().request(urlOf(server, '/11'), { maxRedirects: 10 })).rejects.toMatchObject(
      FAILED,
    );
  });

  it('takes no secret header to another origin', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    await once(other.listen(0, '127.0.0.1'), 'listening');
    handle = (request, response) => {
      seen.push(request.headers);
      redirectTo(urlOf(other))(request, response);
    };
    const client = build({
      allowedHosts: [server, other].map((each) => `127.0.0.1:${portOf(each)}`),
    });
    await client.request(urlOf(server), {
      headers: { accept: 'text/plain', authorization: 'Bearer secret', 'x-api-key': 'secret' },
      maxRedirects: 1,
    });
    other.closeAllConnections();
    await once(other.close(), 'close');
    expect(seen[0]).toMatchObject({ authorization: 'Bearer secret', 'x-api-key': 'secret' });
    expect(seen[1]).toMatchObject({ accept: 'text/plain' });
    expect(JSON.stringify(seen[1])).not.toContain('secret');
  });
});

describe('a hostile host', () => {
  it('is cut at the limit of an endless body', async () => {
    handle = (_request, response) => {
      const feed = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', feed);
      feed();
    };
    await expect(
      build().request(urlOf(server), { maxResponseBytes: 1_000_000 }),
    ).rejects.toMatchObject({ options: { reason: 'response_too_large' } });
  });

  it('gets nothing unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    handle = (request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    };
    const answer = await build().request(urlOf(server));
    expect(answer.body.length).toBe(bomb.length);
  });

  it('that drips or says nothing is cut when the time is over', async () => {
    const drip: Handler = (_request, response) => {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    for (const each of [drip, () => undefined]) {
      handle = each;
      await expect(build().request(urlOf(server), { timeoutMs: 200 })).rejects.toMatchObject(
        FAILED,
      );
    }
  });

  it('tells a closed port, another protocol and silence apart for nobody', async () => {
    const closed = createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const port = portOf(closed);
    await once(closed.close(), 'close');
    handle = (request) => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    const client = build({ allowedHosts: [`127.0.0.1:${port}`, `127.0.0.1:${portOf(server)}`] });
    for (const url of [`http://127.0.0.1:${port}/`, urlOf(server)]) {
      await expect(client.request(url)).rejects.toMatchObject(FAILED);
    }
  });

  it('is left at once by a caller who gives up', async () => {
    handle = () => undefined;
    const signal = AbortSignal.timeout(50);
    await expect(build().request(urlOf(server), { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

it('brings an answer as it is', async () => {
  handle = async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    response.writeHead(418, { 'x-kind': 'teapot' }).end(Buffer.concat(parts));
  };
  const answer = await build().request(urlOf(server), { method: 'POST', body: 'short and stout' });
  expect(answer).toMatchObject({ status: 418, headers: { 'x-kind': 'teapot' } });
  expect(answer.body.toString()).toBe('short and stout');
});
