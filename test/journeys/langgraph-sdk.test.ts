import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client as LangGraphClient } from '@langchain/langgraph-sdk';
import { createClient, type Client } from '#test/client';
import {
  ask,
  contentsOf,
  langGraphClient,
  langGraphNewcomer,
  positionsOf,
  type Frame,
} from '#test/langgraph-client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { findFreePort } from '#test/ports';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';

const WORDS = 200;
const HALF = 100;
const WHOLE = Array.from({ length: WORDS }, (_, word) => `w${String(word).padStart(4, '0')} `).join(
  '',
);
const MODES: ('messages' | 'messages-tuple' | 'updates' | 'values' | 'custom')[] = [
  'messages',
  'messages-tuple',
  'updates',
  'values',
  'custom',
];
/** Two starts of a server and a lease, on a busy machine. */
const PATIENCE_MS = 180_000;

let model: ModelServer;
let wire: ModelWire;
let dataDir: string;
let database: ProcessDatabase;
let port: number;
let server: ServerProcess;
let client: Client;
let key: string;
let langgraph: LangGraphClient;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0, words: WORDS });
  wire = await startModelWire(model.mock.url);
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-langgraph-'));
  database = await createProcessDatabase();
  port = await findFreePort();
  server = await start();
  ({ client, key, langgraph } = await langGraphNewcomer(server.baseUrl));
}, PATIENCE_MS);
afterAll(async () => {
  await server.kill();
  await database.drop();
  await wire.close();
  await model.close();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => wire.reset());

/** Always at the same address, as behind a name. */
function start(): Promise<ServerProcess> {
  const redisUrl = process.env['TEST_REDIS_URL'];
  return startServerProcess({
    dataDir,
    port,
    settings: {
      LLM_BASE_URL: wire.baseUrl,
      LLM_API_KEY: 'test',
      LLM_MODEL: 'test-model',
      JWT_SECRET_KEY: 'the-same-for-both-processes-of-this-test',
      RATE_LIMIT_CHAT_FREE: '1000/minute',
      RATE_LIMIT_DEFAULT: '10000/minute',
      ...(redisUrl && { REDIS_URL: redisUrl }),
      ...database.settings,
    },
  });
}

function expectWhole(frames: readonly Frame[]): void {
  const positions = positionsOf(frames);
  const sorted = positions.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
  expect(positions).toEqual(sorted);
  expect(new Set(frames.map(({ id }) => id)).size).toBe(frames.length);
  expect(contentsOf(frames, 'messages').join('')).toBe(WHOLE);
  expect(contentsOf(frames, 'messages/partial').at(-1)).toBe(WHOLE);
  expect(contentsOf(frames, 'messages/complete')).toEqual([WHOLE]);
  expect(frames[0]?.event).toBe('metadata');
  expect(frames.at(-1)).toMatchObject({ event: 'end', data: { status: 'success' } });
}

describe('a stream of a run', () => {
  it('is joined again after its connection broke: each event comes once', async () => {
    const thread = await langgraph.threads.create({ metadata: { topic: 'breaks' } });
    const leaving = new AbortController();
    const seen: Frame[] = [];
    let runId = '';
    wire.holdAfter(HALF);
    const stream = langgraph.runs.stream(thread.thread_id, 'agent', {
      ...ask('Tell me much'),
      streamMode: MODES,
      signal: leaving.signal,
      onRunCreated: (run) => void (runId = run.run_id),
    });
    for await (const frame of stream) {
      seen.push(frame);
      if (contentsOf([frame], 'messages').length > 0 && seen.length > HALF) leaving.abort();
    }
    expect((await langgraph.runs.get(thread.thread_id, runId)).status).toBe('running');
    expect((await langgraph.threads.get(thread.thread_id)).status).toBe('busy');
    wire.release();

    const lastEventId = seen.at(-1)?.id ?? '';
    const options = { lastEventId, streamMode: MODES };
    const rest = await Array.fromAsync<Frame>(
      langgraph.runs.joinStream(thread.thread_id, runId, options),
    );
    expect(rest.length).toBeGreaterThan(HALF);
    expectWhole([...seen, ...rest]);
    // From the beginning, and as it was asked for, without being asked again.
    const again = langgraph.runs.joinStream(thread.thread_id, runId, { lastEventId: '-1' });
    expect(await Array.fromAsync<Frame>(again)).toEqual([...seen, ...rest]);
  });

  it(
    'goes on by itself when the server is killed in the middle and started again',
    async () => {
      const { thread_id: threadId } = await langgraph.threads.create();
      const seen: Frame[] = [];
      wire.holdAfter(HALF);
      const stream = langgraph.runs.stream(threadId, 'agent', {
        ...ask('Tell me much'),
        streamMode: MODES,
      });
      let restarted: Promise<void> | undefined;
      for await (const frame of stream) {
        seen.push(frame);
        if (!restarted && seen.length > HALF) restarted = restart();
      }
      await restarted;
      expectWhole(seen);
      const { values } = await langgraph.threads.getState<{ messages: { content: string }[] }>(
        threadId,
      );
      expect(values.messages.map(({ content }) => content)).toEqual(['Tell me much', WHOLE]);
    },
    PATIENCE_MS,
  );

  async function restart(): Promise<void> {
    await server.kill();
    wire.release();
    server = await start();
  }

  it('tells only the modes that were asked for, and refuses those that are not there', async () => {
    const { thread_id: threadId } = await langgraph.threads.create();
    const frames = await Array.fromAsync<Frame>(
      langgraph.runs.stream(threadId, 'agent', ask('Hi')),
    );
    expect(frames.map(({ event }) => event)).toEqual(['metadata', 'values', 'values', 'end']);
    const refused = langgraph.runs.stream(threadId, 'agent', {
      ...ask('Hi'),
      streamMode: ['values', 'debug'],
    });
    await expect(Array.fromAsync(refused)).rejects.toThrow(/HTTP 422.*no other is told here/);
  });
});

describe('a run', () => {
  it('in the background is listed, waited for, and can be forgotten', async () => {
    const { thread_id: threadId } = await langgraph.threads.create();
    const run = await langgraph.runs.create(threadId, 'agent', {
      ...ask('Hi'),
      metadata: { batch: 7 },
    });
    expect(run).toMatchObject({
      thread_id: threadId,
      assistant_id: 'agent',
      metadata: { batch: 7 },
    });
    expect(await langgraph.runs.join(threadId, run.run_id)).toMatchObject({
      messages: [{ content: 'Hi' }, { content: WHOLE }],
    });
    expect(await langgraph.runs.list(threadId, { status: 'success' })).toMatchObject([
      { run_id: run.run_id, status: 'success' },
    ]);
    expect(await langgraph.runs.list(threadId, { status: 'error' })).toEqual([]);
    await langgraph.runs.delete(threadId, run.run_id);
    expect(await langgraph.runs.list(threadId)).toEqual([]);
    expect((await langgraph.threads.getHistory(threadId)).length).toBe(2);
  });

  it('is cancelled, and keeps what was said', async () => {
    const { thread_id: threadId } = await langgraph.threads.create();
    wire.holdAfter(HALF);
    const run = await langgraph.runs.create(threadId, 'agent', ask('Tell me much'));
    const enqueued = await langgraph.runs.create(threadId, 'agent', {
      ...ask('And then?'),
      multitaskStrategy: 'enqueue',
    });
    expect(enqueued).toMatchObject({ status: 'pending', multitask_strategy: 'enqueue' });
    await expect(
      langgraph.runs.create(threadId, 'agent', { ...ask('Now?'), multitaskStrategy: 'reject' }),
    ).rejects.toThrow('HTTP 409');
    await langgraph.runs.cancel(threadId, enqueued.run_id, true);
    await langgraph.runs.cancel(threadId, run.run_id, true);
    expect((await langgraph.runs.get(threadId, run.run_id)).status).toBe('interrupted');
    const frames = await Array.fromAsync<Frame>(langgraph.runs.joinStream(threadId, run.run_id));
    expect(frames.at(-1)).toMatchObject({ event: 'end', data: { status: 'interrupted' } });
    expect((await langgraph.threads.get(threadId)).status).toBe('idle');
  });

  it('needs no thread of its client', async () => {
    const frames = await Array.fromAsync<Frame>(langgraph.runs.stream(null, 'agent', ask('Hi')));
    expect(frames.at(-1)).toMatchObject({ event: 'end' });
    expect(await langgraph.runs.wait(null, 'agent', ask('Hi'))).toMatchObject({
      messages: [{ type: 'human' }, { type: 'ai', content: WHOLE }],
    });
  });
});

describe('who may call', () => {
  it('is asked at every thread and run: what is of another tenant is not there', async () => {
    const { thread_id: threadId } = await langgraph.threads.create();
    const run = await langgraph.runs.create(threadId, 'agent', ask('Hi'));
    await langgraph.runs.join(threadId, run.run_id);
    const { langgraph: stranger } = await langGraphNewcomer(server.baseUrl);
    const own = (await stranger.threads.create()).thread_id;
    const attempts: Promise<unknown>[] = [
      stranger.threads.get(threadId),
      stranger.threads.getState(threadId),
      stranger.threads.getHistory(threadId),
      stranger.runs.list(threadId),
      stranger.runs.get(threadId, run.run_id),
      stranger.runs.get(own, run.run_id),
      stranger.runs.join(threadId, run.run_id),
      Array.fromAsync(stranger.runs.joinStream(threadId, run.run_id)),
      Array.fromAsync(stranger.runs.joinStream(null, run.run_id)),
      stranger.runs.wait(threadId, 'agent', ask('Hi')),
      stranger.runs.cancel(threadId, run.run_id),
      stranger.threads.delete(threadId),
    ];
    for (const attempt of await Promise.allSettled(attempts))
      expect(attempt).toMatchObject({ status: 'rejected', reason: { status: 404 } });
    expect(await stranger.threads.search()).toHaveLength(1);
  });

  it('is signed in by a token too, and a key for reading may only read', async () => {
    const threads = await createClient(server.baseUrl, client.accessToken).post(
      '/langgraph/threads/search',
    );
    expect(threads.status).toBe(200);
    const scopes = ['read'];
    const readOnly = (await client.post('/api-keys', { name: 'Reads', scopes })).body.key;
    const reader = langGraphClient(server.baseUrl, readOnly);
    expect(await reader.threads.search({ limit: 1 })).toHaveLength(1);
    expect((await reader.store.listNamespaces()).namespaces).toEqual([]);
    await expect(reader.threads.create()).rejects.toThrow('HTTP 403');
    const nobody = langGraphClient(server.baseUrl, `${key}x`);
    await expect(nobody.threads.search()).rejects.toThrow('HTTP 401');
  });
});
