import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readAll, readSome } from '../../src/modules/chat/testing/read-chat.ts';
import { signUp } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { startTestService, type TestService } from '#test/service';
import { openSocket, type SocketClient } from '#test/socket-client';

const HALF_OF_THE_TOKENS = 100;

let model: ModelServer;
let wire: ModelWire;
let database: TestDatabase;
let files: string;
let replicas: readonly [TestService, TestService];

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  database = await createTestDatabase();
  // Either may ingest what the other was sent.
  files = mkdtempSync(join(tmpdir(), 'groundwork-shared-files-'));
  const settings = {
    LLM_BASE_URL: wire.baseUrl,
    STORAGE_LOCAL_PATH: files,
    JWT_SECRET_KEY: 'a-secret-that-all-replicas-share-0123456789',
  };
  replicas = [
    await startTestService(settings, { database }),
    await startTestService(settings, { database }),
  ];
});
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  await database.close();
  rmSync(files, { recursive: true, force: true });
  await wire.close();
  await model.close();
});
beforeEach(() => wire.reset());

async function signIn({ baseUrl }: TestService, token: string): Promise<SocketClient> {
  const client = await openSocket(baseUrl, { headers: { authorization: `Bearer ${token}` } });
  await client.receive({ type: 'ready' });
  return client;
}

/** Somebody new whose question is being answered. */
async function beginRun() {
  const { client, login } = await signUp(replicas[0].baseUrl);
  const { events } = await client.stream('/chat/stream', { message: 'Well?' });
  const [begun] = await readSome(events, 1);
  const subscribe = { type: 'subscribe', topic: 'run', run_id: begun?.data.run_id };
  return { token: String(login.access_token), begun, events, subscribe };
}

function eventsOf({ messages }: SocketClient) {
  return messages.flatMap(({ type, id, data }) =>
    type === 'event' ? [{ id: String(id), data }] : [],
  );
}

it('tells of a run what its stream tells, at the process that runs it and at another', async () => {
  wire.holdAfter(HALF_OF_THE_TOKENS);
  const { token, begun, events, subscribe } = await beginRun();
  const sockets = await Promise.all(replicas.map((replica) => signIn(replica, token)));
  for (const socket of sockets) {
    socket.send({ ...subscribe, subscription: 'answer' });
    await socket.receive({ type: 'event', id: 1 });
  }
  wire.release();
  const streamed = [begun, ...(await readAll(events))].filter((event) => event?.id);
  for (const socket of sockets) {
    await socket.receive({ type: 'ended', subscription: 'answer' });
    expect(eventsOf(socket)).toEqual(streamed);
    socket.send({ ...subscribe, subscription: 'rest', after: streamed.length - 1 });
    await socket.receive({ type: 'ended', subscription: 'rest' });
    expect(eventsOf(socket).slice(streamed.length)).toEqual(streamed.slice(-1));
  }
});

it('tells how a document becomes searchable, at the process that ingests it and at another', async () => {
  const { client, login } = await signUp(replicas[0].baseUrl);
  const { body: project } = await client.post('/projects', { name: 'Books' });
  const path = `/projects/${project.id}/documents`;
  const { body: document } = await client.upload(path, Buffer.from('A book.'), 'book.txt');
  for (const replica of replicas) {
    const socket = await signIn(replica, String(login.access_token));
    const names = { topic: 'document', project_id: project.id, document_id: document.id };
    socket.send({ type: 'subscribe', subscription: 'book', ...names });
    await socket.receive({ type: 'ended', subscription: 'book' });
    expect(eventsOf(socket).at(-1)?.data).toMatchObject({
      type: 'document',
      id: document.id,
      status: 'ready',
    });
  }
});

it('tells nobody else of a document', async () => {
  const { client } = await signUp(replicas[0].baseUrl);
  const { body: project } = await client.post('/projects', { name: 'Books' });
  const path = `/projects/${project.id}/documents`;
  const { body: document } = await client.upload(path, Buffer.from('A book.'), 'book.txt');
  const { login } = await signUp(replicas[0].baseUrl);
  const socket = await signIn(replicas[0], String(login.access_token));
  const names = { topic: 'document', project_id: project.id, document_id: document.id };
  socket.send({ type: 'subscribe', subscription: 'book', ...names });
  expect(await socket.receive({ type: 'error' })).toMatchObject({ code: 'NOT_FOUND' });
});

it('tells nobody else of a run', async () => {
  const { events, subscribe } = await beginRun();
  const { login } = await signUp(replicas[0].baseUrl);
  const socket = await signIn(replicas[0], login.access_token);
  socket.send({ ...subscribe, subscription: 'answer' });
  expect(await socket.receive({ type: 'error' })).toMatchObject({ code: 'NOT_FOUND' });
  await readAll(events);
});
