import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiReranker, type ApiReranker } from './api-reranker.provider.ts';

type Reply = { readonly status?: number; readonly body?: unknown } | 'silence';

const NEVER = new AbortController().signal;
const TEXTS = ['one', 'two', 'three'];
const SCORES = {
  results: [
    { index: 2, relevance_score: 0.9, document: { text: 'three' } },
    { index: 0, relevance_score: 0.5 },
    { index: 1, relevance_score: -3 },
  ],
};

let server: Server;
let baseUrl: string;
let replies: Reply[];
let calls: { readonly request: IncomingMessage; readonly body: unknown }[];
let reranker: ApiReranker | undefined;

beforeEach(async () => {
  replies = [];
  calls = [];
  server = createServer((request, response) => {
    void (async () => {
      calls.push({ request, body: await json(request) });
      const reply = replies.shift() ?? {};
      if (reply === 'silence') return;
      const { status = 200, body = SCORES } = reply;
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  baseUrl = `http://127.0.0.1:${address.port}/v2`;
});
afterEach(async () => {
  await reranker?.close();
  server.closeAllConnections();
  await once(server.close(), 'close');
});

function rerank(options: { apiKey?: string; patienceMs?: number } = {}, signal = NEVER) {
  const { patienceMs = 10_000, ...settings } = options;
  const policy = { patienceMs, random: () => 1 };
  reranker = createApiReranker({ baseUrl, model: 'best', ...settings }, policy);
  return reranker?.rerank('which?', TEXTS, signal);
}

describe('a reranker behind an API', () => {
  it('is asked as Cohere and Jina are, and scores each text in its place', async () => {
    expect(await rerank({ apiKey: 'secret' })).toEqual([0.5, -3, 0.9]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.request).toMatchObject({ method: 'POST', url: '/v2/rerank' });
    expect(calls[0]?.request.headers.authorization).toBe('Bearer secret');
    const body = { model: 'best', query: 'which?', documents: TEXTS, top_n: 3 };
    expect(calls[0]?.body).toEqual(body);
  });

  it('needs no key', async () => {
    await rerank();
    expect(calls[0]?.request.headers).not.toHaveProperty('authorization');
  });

  it('is asked once more when it fails, and not a third time', async () => {
    replies = [{ status: 503 }];
    expect(await rerank()).toEqual([0.5, -3, 0.9]);
    await reranker?.close();
    replies = [{ status: 500 }, { status: 502 }];
    const failed = { kind: 'external', options: { reason: 'reranker.failed' } };
    await expect(rerank()).rejects.toMatchObject(failed);
    expect(calls).toHaveLength(4);
  });

  it.each([401, 404, 422, 429, 307])('is asked once where it answers %i', async (status) => {
    replies = [{ status }];
    const message = `The reranker answered ${status}`;
    await expect(rerank()).rejects.toMatchObject({ kind: 'external', message });
    expect(calls).toHaveLength(1);
  });

  it.each([
    'no JSON',
    {},
    { results: [{ index: 0, relevance_score: 'much' }] },
    { results: SCORES.results.slice(1) },
    { results: SCORES.results.map((result) => ({ ...result, index: result.index + 1 })) },
  ])('is not believed when it answers %j', async (body) => {
    replies = [{ body }];
    const failed = { kind: 'external', options: { reason: 'reranker.failed' } };
    await expect(rerank()).rejects.toMatchObject(failed);
  });

  it('is waited for as long as patience lasts', async () => {
    replies = ['silence', 'silence'];
    await expect(rerank({ patienceMs: 200 })).rejects.toMatchObject({ kind: 'external' });
    expect(calls).toHaveLength(1);
  });

  it('is let go when nobody waits any more', async () => {
    replies = ['silence'];
    const gone = new Error('gone');
    const leaving = new AbortController();
    server.once('request', () => leaving.abort(gone));
    await expect(rerank({}, leaving.signal)).rejects.toBe(gone);
    expect(calls.length).toBeLessThanOrEqual(1);
  });

  it('is there where an address and a model are set', () => {
    expect(createApiReranker({ model: 'best' })).toBeUndefined();
    expect(createApiReranker({ baseUrl })).toBeUndefined();
  });
});
