import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countVectors, startChromaServer, type ChromaServer } from '#test/chroma-server';
import {
  createClient,
  signUp,
  TEST_PASSWORD,
  uploadAndWait,
  type Client,
  type Json,
} from '#test/client';
import { startEmbeddingServer, type EmbeddingServer } from '#test/embedding-server';
import { parseMetrics, sumOf } from '#test/prometheus';
import { createProse } from '#test/prose';
import { startTestService, type TestService } from '#test/service';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';

/** A retry of a stage, and the shortest lease, on a busy machine. */
const PATIENCE = { timeout: 60_000, interval: 100 };
const QUESTION = 'Where is the heron?';
const write = createProse();

let model: EmbeddingServer;
let chroma: ChromaServer;
let proxy: TcpProxy;
let test: TestService;
let client: Client;
let project: string;
beforeAll(async () => {
  model = await startEmbeddingServer();
  chroma = await startChromaServer();
  proxy = await startTcpProxy({ host: '127.0.0.1', port: chroma.port });
  test = await startTestService({
    LITELLM_API_URL: model.baseUrl,
    EMBEDDING_PROVIDER: 'litellm',
    EMBEDDING_MODEL: 'words',
    EMBEDDING_DIMENSIONS: '64',
    CHUNK_SIZE: '32',
    CHUNK_OVERLAP: '0',
    VECTOR_STORE: 'chroma',
    CHROMA_URL: `http://127.0.0.1:${proxy.port}`,
    JOB_LEASE_SECONDS: '10',
  });
  client = (await signUp(test.baseUrl)).client;
  project = (await client.post('/projects', { name: 'Birds' })).body.id;
}, 60_000);
afterAll(async () => {
  await test.close();
  await proxy.close();
  await chroma.close();
  await model.close();
});

describe('a service that keeps its vectors in Chroma', () => {
  let heron: Json;

  it('finds passages by vectors and by both, and cites them', async () => {
    heron = await uploadAndWait(client, project, {
      name: 'heron.txt',
      content: Array.from({ length: 100 }, () => `The heron ${write(12)}.`).join('\n\n'),
    });
    await uploadAndWait(client, project, { name: 'otter.txt', content: 'An otter swims.' });
    expect(await countVectors(chroma, [project])).toEqual([heron.chunk_count + 1]);
    for (const mode of ['vector', 'hybrid']) {
      const { status, body } = await search({ mode });
      expect({ status, mode: body.mode }).toEqual({ status: 200, mode });
      expect(body.items[0]).toMatchObject({ document_title: 'heron.txt' });
    }
    const asked = { message: QUESTION, project_id: project, model: 'builtin-extractive' };
    const { body } = await client.post('/chat', asked);
    expect(body.message.citations[0]).toMatchObject({ document_id: heron.id });
  });

  it('shows nobody else what is in it', async () => {
    const { client: stranger } = await signUp(test.baseUrl);
    const { id } = (await stranger.post('/projects', { name: 'Mine' })).body;
    await uploadAndWait(stranger, id, { name: 'mine.txt', content: 'A heron of mine.' });
    const { body } = await stranger.post(`/projects/${id}/search`, {
      query: QUESTION,
      mode: 'vector',
    });
    expect(body.items.map((item: Json) => item.document_title)).toEqual(['mine.txt']);
    const foreign = await stranger.post(`/projects/${project}/search`, { query: QUESTION });
    expect(foreign.status).toBe(404);
  });

  it('goes on by words while Chroma is down, and tells what waits for it', async () => {
    await proxy.refuse();
    expect((await search({ mode: 'hybrid' })).body.mode).toBe('lexical');
    const refused = await search({ mode: 'vector' });
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      reason: 'vector_store.unavailable',
    });
    const ready = await client.get('/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { status: 'degraded' } });
    expect(ready.body.checks).toContainEqual(
      expect.objectContaining({ name: 'chroma', state: 'down' }),
    );

    const documents = `/projects/${project}/documents`;
    const { body: uploaded } = await client.upload(documents, 'A plover runs.', 'plover.txt');
    const waiting = { stage: 'embed', error_reason: 'vector_store.unavailable' };
    const read = async () => (await client.get(`${documents}/${uploaded.id}`)).body;
    await expect.poll(read, PATIENCE).toMatchObject({ status: 'pending', ...waiting });
    await proxy.restore();
    await expect.poll(read, PATIENCE).toMatchObject({ status: 'ready', error: null });
    expect((await client.get('/health/ready')).body.status).toBe('ready');
    const found = await search({ query: 'a plover runs', mode: 'vector' });
    expect(found.body.items[0]).toMatchObject({ document_title: 'plover.txt' });
    for (const operation of ['query', 'upsert'])
      for (const status of ['success', 'error'])
        expect(await countOperations({ operation, status })).toBeGreaterThan(0);
  }, 120_000);

  it('goes on by words while Chroma is silent', async () => {
    proxy.swallow();
    const [hybrid, vector] = await Promise.all([search({}), search({ mode: 'vector' })]);
    await proxy.restore();
    expect(hybrid).toMatchObject({ status: 200, body: { mode: 'lexical' } });
    expect(vector).toMatchObject({ status: 503, body: { reason: 'vector_store.unavailable' } });
    // Connections from before are dead, and are given up when they have been idle.
    const status = async () => (await search({ mode: 'vector' })).status;
    await expect.poll(status, PATIENCE).toBe(200);
  });

  it('finds nothing of a deleted document, and all of a restored one', async () => {
    const path = `/projects/${project}/documents/${heron.id}`;
    const titles = async () => {
      const { body } = await search({ mode: 'vector' });
      return body.items.map((item: Json) => item.document_title);
    };
    await client.call('DELETE', path);
    expect(await titles()).not.toContain('heron.txt');
    await client.post(`${path}/restore`);
    expect(await titles()).toContain('heron.txt');
  });

  it('leaves nothing there of an account that is erased', async () => {
    expect(await countVectors(chroma, [project])).toEqual([heron.chunk_count + 2]);
    const password = { current_password: TEST_PASSWORD };
    const { body: erasure } = await client.call('DELETE', '/users/me', password);
    const visitor = createClient(test.baseUrl);
    const status = async () => (await visitor.get(`/users/erasures/${erasure.id}`)).body.status;
    await expect.poll(status, PATIENCE).toBe('done');
    expect(await countVectors(chroma, [project])).toEqual([]);
  }, 90_000);
});

function search(asked: Readonly<Record<string, unknown>>) {
  return client.post(`/projects/${project}/search`, { query: QUESTION, ...asked });
}

async function countOperations(labels: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(`${test.baseUrl}/metrics`);
  const samples = parseMetrics(await response.text());
  return sumOf(samples, 'vector_store_duration_seconds_count', labels);
}
