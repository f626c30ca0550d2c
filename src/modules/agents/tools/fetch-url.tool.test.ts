import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '#platform/http-client/http-client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld } from '#test/knowledge';
import { buildToolContext } from '../testing/tool-context.ts';
import { answerFailures } from './answer-failures.ts';
import { createFetchUrlTool } from './fetch-url.tool.ts';

/** What nothing may reach: it counts who knocks. */
let tripwire: Server;
let knocks = 0;
/** A host that is allowed, and does what the test wants. */
let server: Server;
let answer: (response: ServerResponse) => void;
let test: TestDatabase;
let world: KnowledgeWorld;
let client: HttpClient;
const refusals: string[] = [];

beforeAll(async () => {
  tripwire = createServer((_request, response) => response.end('secret'));
  tripwire.on('connection', () => (knocks += 1));
  // A connection that is kept alive would be closed between two tests, while it is used again.
  server = createServer((_request, response) => answer(response.setHeader('connection', 'close')));
  for (const each of [tripwire, server]) await once(each.listen(0, '127.0.0.1'), 'listening');
  client = createHttpClient({
    allowedHosts: [`127.0.0.1:${portOf(server)}`],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database });
});
afterEach(() => {
  if (knocks > 0) throw new Error('the tripwire was reached');
  server.closeAllConnections();
});
afterAll(async () => {
  await client.close();
  for (const each of [tripwire, server]) {
    each.closeAllConnections();
    await once(each.close(), 'close');
  }
  await world.close();
  await test.close();
});

function portOf(each: Server): number {
  const address = each.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function fetchUrl(url: string, signal = new AbortController().signal) {
  const tool = createFetchUrlTool({ httpClient: client, readText: world.knowledge.readText });
  const insert = async (_: unknown, { reason = '' }: { readonly reason?: string }) =>
    void refusals.push(reason);
  return answerFailures(tool, { insert }).run({ url }, buildToolContext({ signal }));
}

const page = () => `http://127.0.0.1:${portOf(server)}/page`;

describe('fetching an address', () => {
  it('returns the text of a page, without its scripts', async () => {
    answer = (response) =>
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end('<title>T</title><script>steal()</script><h1>Herons</h1><p>They eat <b>frogs</b>.');
    const { text, isError } = await fetchUrl(page());
    expect(isError).toBe(false);
    expect(text).toContain('Herons');
    expect(text).toContain('They eat frogs.');
    expect(text).not.toContain('steal');
  });

  it('returns text as it is, and no more than a model can weigh', async () => {
    answer = (response) => response.end('{"herons": 2}');
    expect(await fetchUrl(page())).toEqual({ text: '{"herons": 2}', isError: false });
    answer = (response) => response.end('word '.repeat(100_000));
    expect((await fetchUrl(page())).text.length).toBeLessThan(33_000);
  });

  it.each([
    ['an empty page', (response: ServerResponse) => response.end(), false],
    ['a failure', (response: ServerResponse) => response.writeHead(500).end('secret'), true],
    ['what is no text', (response: ServerResponse) => response.end(Buffer.alloc(99, 1)), true],
  ])('says what came where it was %s', async (_, given, isError) => {
    answer = given;
    const output = await fetchUrl(page());
    expect(output.isError).toBe(isError);
    expect(output.text).not.toContain('secret');
  });
});

describe('an address that a document chose (SS-01)', () => {
  it.each([
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '①②⑦.0.0.1',
    '[::ffff:127.0.0.1]',
    '[::]',
    '0',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[64:ff9b::7f00:1]',
    'localhost.',
    'metadata.google.internal',
    'user@127.0.0.1',
    String.raw`127.0.0.1\@example.com`,
  ])('is not called as %s, and an entry is left', async (host) => {
    const before = refusals.length;
    for (const url of [`http://${host}:${portOf(tripwire)}/`, `http://${host}/`]) {
      const output = await fetchUrl(url);
      expect(output).toEqual({ text: 'Not an address that may be called', isError: true });
    }
    expect(refusals.slice(before)).toEqual(['url_not_allowed', 'url_not_allowed']);
  });

  it.each(['file:///etc/passwd', 'gopher://example.com/', 'http://example.com:22/', 'x', ''])(
    'is not called as %j',
    async (url) => {
      expect(await fetchUrl(url)).toMatchObject({ isError: true });
    },
  );
});

describe('a host that means harm', () => {
  it.each([302, 307, 308])('leads nowhere by redirects of status %i (SS-02)', async (status) => {
    const targets = [`http://127.0.0.1:${portOf(tripwire)}/`, 'http://169.254.169.254/', '/page'];
    for (const location of targets) {
      answer = (response) => response.writeHead(status, { location }).end();
      const output = await fetchUrl(page());
      expect(output).toEqual({ text: 'The address could not be fetched', isError: true });
    }
  });

  it('gains nothing by a name that leads to us (SS-03)', async () => {
    const output = await fetchUrl('http://rebound.example/');
    expect(output).toEqual({ text: 'The address could not be fetched', isError: true });
  });

  it('is cut where it has no end, packed or not (SS-04)', async () => {
    answer = (response) => {
      const feed = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'a')));
      };
      response.on('drain', feed);
      feed();
    };
    expect(await fetchUrl(page())).toMatchObject({ isError: true });
    answer = (response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(20_000_000, 'a')));
    expect(await fetchUrl(page())).toMatchObject({ isError: true });
  });

  it('does not hold up who has left', async () => {
    answer = () => undefined;
    const leaving = new AbortController();
    const fetching = fetchUrl(page(), leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(fetching).rejects.toThrow('gone');
  });
});
