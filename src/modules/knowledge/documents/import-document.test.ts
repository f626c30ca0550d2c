import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { startKnowledgeServer, type KnowledgeServer } from '#test/knowledge-server';

const MAX_UPLOAD_BYTES = 1_000_000;

let database: TestDatabase;
let server: KnowledgeServer;
let site: Server;
let tripwire: Server;
let hits = 0;
let origin: string;
let answer: (path: string, response: ServerResponse) => void;

beforeAll(async () => {
  tripwire = createServer((_request, response) => response.end('secret'));
  tripwire.on('connection', () => (hits += 1));
  site = createServer((request, response) => answer(request.url ?? '', response));
  for (const each of [site, tripwire]) await once(each.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${portOf(site)}`;
  origin = `http://${host}`;
  database = await createTestDatabase();
  const maxUploadBytes = MAX_UPLOAD_BYTES;
  server = await startKnowledgeServer({ ...database, maxUploadBytes, allowedHosts: [host] });
});
afterAll(async () => {
  await server.close();
  await database.close();
  for (const each of [site, tripwire]) {
    each.closeAllConnections();
    each.close();
  }
});

function portOf(each: Server): number {
  const address = each.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function take(url: string) {
  const { client, path } = await server.signIn();
  const { status, body } = await client.post(`${path}/import`, { url });
  return { status, body, client, path };
}

it('takes a page, which is found by its words and named by its title', async () => {
  answer = (path, response) => {
    if (path === '/old') return response.writeHead(302, { location: '/new' }).end();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    return response.end('<!doctype html><title>Tea &amp; prices</title><p>Zebras drink tea.</p>');
  };
  const { status, body, client, path } = await take(`${origin}/old`);
  expect([status, body.title, body.mime_type, body.status]).toEqual([
    202,
    'Tea & prices.html',
    'text/html',
    'pending',
  ]);
  await server.world.queue.runAll();
  expect((await client.get(`${path}/${body.id}`)).body.status).toBe('ready');
});

it.each([
  ['the server says', '/x', { 'content-disposition': 'attachment; filename="Plan.md"' }, 'Plan.md'],
  ['the path says', '/notes/my%20plan.md?x=1', {}, 'my plan.md'],
  ['the type says', '/notes/plan', { 'content-type': 'text/csv' }, 'plan.csv'],
  ['the host says', '/', { 'content-type': 'text/plain' }, '127.0.0.1'],
])('names it as %s', async (...row) => {
  const [, path, headers, title] = row;
  answer = (_path, response) => response.writeHead(200, headers).end(`a,b\n1,2\n${path}\n`);
  expect((await take(`${origin}${path}`)).body.title).toBe(title);
});

it.each([
  ['is no public host', () => `http://127.1:${portOf(tripwire)}/`, 422, 'url_not_allowed'],
  ['is of another protocol', () => 'file:///etc/passwd', 422, undefined],
  ['leads to a private host', () => `${origin}/away`, 502, 'fetch_failed'],
  ['leads in a circle', () => `${origin}/circle`, 502, 'fetch_failed'],
  ['is not there', () => `${origin}/gone`, 502, 'fetch_failed'],
  ['has no end', () => `${origin}/endless`, 502, 'response_too_large'],
  ['is cut off', () => `${origin}/cut`, 502, 'fetch_failed'],
  ['is no document', () => `${origin}/picture`, 415, 'document.unsupported_type'],
  ['is empty', () => `${origin}/empty`, 422, 'empty_file'],
])('takes nothing that %s', async (...row) => {
  const [, url, expected, reason] = row;
  answer = (path, response) => {
    const target = path === '/away' ? `http://127.0.0.1:${portOf(tripwire)}/` : path;
    if (path === '/away' || path === '/circle')
      return response.writeHead(307, { location: target }).end();
    if (path === '/gone') return response.writeHead(404).end('nothing');
    if (path === '/picture') return response.end(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]));
    if (path === '/cut') {
      response.writeHead(200, { 'content-length': '900000' }).write('x'.repeat(100_000));
      return setImmediate(() => response.destroy());
    }
    const feed = () => {
      while (path === '/endless' && !response.destroyed && response.write('words '.repeat(9_000)));
    };
    response.on('drain', feed);
    return path === '/endless' ? feed() : response.end();
  };
  const { status, body, client, path } = await take(url());
  expect([status, body.reason]).toEqual([expected, reason]);
  expect(hits).toBe(0);
  expect((await client.get(path)).body.total).toBe(0);
});

it('takes for nobody who may not read the project', async () => {
  const { path } = await server.signIn();
  const { client } = await server.signIn();
  expect((await client.post(`${path}/import`, { url: `${origin}/x` })).status).toBe(404);
});
