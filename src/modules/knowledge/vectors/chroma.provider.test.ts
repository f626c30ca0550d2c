import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId, type ChunkId, type ProjectId, type TeamId } from '#shared/ids';
import { portOf } from '#test/ports';
import { createChroma } from './chroma.provider.ts';

const COLLECTION_ID = '00000000-0000-4000-8000-000000000001';
const NEVER = new AbortController().signal;
const CANARY = 'CANARY-what-the-server-wrote';

type Answer = { readonly status: number; readonly body?: unknown; readonly location?: string };
type Seen = { readonly call: string; readonly headers: Readonly<Record<string, unknown>> };

let server: Server;
let url: string;
let seen: Seen[];
/** What is answered to a call; nothing at all without one. */
let answers: Readonly<Record<string, Answer | readonly Answer[]>>;
beforeEach(async () => {
  seen = [];
  answers = {};
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://chroma');
    const call = `${request.method} ${pathname.split('/').at(-1)}`;
    const times = seen.filter((each) => each.call === call).length;
    seen.push({ call, headers: request.headers });
    const planned = [answers[call] ?? []].flat();
    const answer = planned[Math.min(times, planned.length - 1)];
    if (!answer) return;
    const { status, body = {}, location } = answer;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(location && { location }),
    });
    response.end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${portOf(server)}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const OK = { status: 200 };
const FOUND = { status: 200, body: { id: COLLECTION_ID, name: 'birds', configuration_json: {} } };
const GONE = { status: 404, body: { error: 'NotFoundError', message: CANARY } };
const CHECKS = { status: 200, body: { max_batch_size: 100, supports_base64_encoding: true } };
const NOTHING_NEAR = { status: 200, body: { ids: [[]], distances: [[]], include: ['distances'] } };
const FAILURE = { status: 500, body: { error: 'InternalError', message: CANARY } };
const WRITABLE = { 'POST collections': FOUND, 'GET pre-flight-checks': CHECKS };

describe('Chroma', () => {
  it('is told the token, and the tenant and database by the path', async () => {
    answers = { 'GET birds': FOUND, 'POST query': NOTHING_NEAR };
    await build({ token: 'secret-token' }).query('birds', { vector: [1], limit: 1 }, NEVER);
    for (const { headers } of seen) {
      expect(headers).toMatchObject({ authorization: 'Bearer secret-token' });
      expect(headers).toMatchObject({ 'x-chroma-token': 'secret-token' });
    }
    expect(seen.map(({ call }) => call)).toEqual(['GET birds', 'POST query']);
  });

  it('is asked once for the id of a collection, and again when it is gone', async () => {
    answers = {
      'GET birds': FOUND,
      'POST query': [NOTHING_NEAR, NOTHING_NEAR, GONE, NOTHING_NEAR],
    };
    const chroma = build();
    for (let times = 0; times < 3; times += 1)
      expect(await chroma.query('birds', { vector: [1], limit: 1 }, NEVER)).toEqual([]);
    expect(seen.filter(({ call }) => call === 'GET birds')).toHaveLength(2);
  });

  it('has nothing in a collection that is not there', async () => {
    answers = { 'GET birds': GONE, 'DELETE birds': GONE };
    const chroma = build();
    expect(await chroma.query('birds', { vector: [1], limit: 1 }, NEVER)).toEqual([]);
    expect(await chroma.count('birds', NEVER)).toBe(0);
    await chroma.remove('birds', 1, NEVER);
    await chroma.drop('birds', NEVER);
    expect(seen).toHaveLength(4);
  });

  it('gets a write again after a failure, and a question not', async () => {
    answers = { ...WRITABLE, 'POST upsert': [FAILURE, OK] };
    await build().upsert('birds', [RECORD], NEVER);
    expect(seen.filter(({ call }) => call === 'POST upsert')).toHaveLength(2);
    answers = { 'GET birds': FOUND, 'POST query': FAILURE };
    await expect(ask()).rejects.toMatchObject(UNAVAILABLE);
    expect(seen.filter(({ call }) => call === 'POST query')).toHaveLength(1);
  });

  it.each([
    ['500', FAILURE, 'vector_store.unavailable'],
    ['429', { status: 429 }, 'vector_store.unavailable'],
    ['400', { status: 400, body: { message: CANARY } }, 'vector_store.refused'],
    ['401', { status: 401 }, 'vector_store.refused'],
    ['403', { status: 403 }, 'vector_store.refused'],
    ['a page', { status: 200, body: CANARY }, 'vector_store.unavailable'],
    ['a redirect', { status: 307, location: 'http://127.0.0.1:9/' }, 'vector_store.unavailable'],
  ])('that answers %s is unavailable, in words of ours', async (_name, answer, reason) => {
    answers = { 'GET birds': FOUND, 'POST query': answer };
    const failure = await ask().catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'unavailable', options: { reason } });
    expect(String(failure)).not.toContain(CANARY);
  });

  it('without the database that is set has no place for collections', async () => {
    answers = { 'GET garden': OK };
    await build().ping();
    answers = { 'GET garden': GONE };
    await expect(build().ping()).rejects.toThrow('could not be found');
  });

  it('that says nothing is not waited for', async () => {
    const [asked, pinged] = await Promise.allSettled([ask(), build().ping()]);
    expect(asked).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(pinged).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
  });

  it('is left as soon as who asks has left', async () => {
    const leaving = new AbortController();
    const asked = build().query('birds', { vector: [1], limit: 1 }, leaving.signal);
    await expect.poll(() => seen.length).toBe(1);
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
  });

  it('where nothing listens is unavailable', async () => {
    server.close();
    await expect(ask()).rejects.toMatchObject(UNAVAILABLE);
  });
});

const UNAVAILABLE = { kind: 'unavailable', options: { reason: 'vector_store.unavailable' } };
const RECORD = {
  id: newId<ChunkId>(),
  embedding: [1],
  teamId: newId<TeamId>(),
  projectId: newId<ProjectId>(),
  indexingId: 1,
};

function build(given: { readonly token?: string } = {}) {
  return createChroma({ url, tenant: 'birdwatchers', database: 'garden', ...given });
}

function ask() {
  return build().query('birds', { vector: [1], limit: 1 }, NEVER);
}
