import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, signUp, uploadAndWait, type Client, type Json } from '#test/client';
import { startEmbeddingServer, type EmbeddingServer } from '#test/embedding-server';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';
import { numberedSentences } from '#test/texts';

const DIMENSIONS = 64;
const WORDS = ['heron', 'otter', 'badger', 'falcon', 'marten', 'osprey', 'plover', 'weasel'];
const SENTENCES = 120;
/** The first look of a process, and a minute for the sweep, on a busy machine. */
const PATIENCE_MS = 120_000;
const POLL_MS = 20;

let model: EmbeddingServer;
let dataDir: string;
let database: ProcessDatabase;
let server: ServerProcess;
let token: string;
let project: string;

beforeAll(async () => {
  model = await startEmbeddingServer();
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-renewal-'));
  database = await createProcessDatabase();
  server = await start('former');
  token = (await signUp(server.baseUrl)).login.access_token;
  project = (await client().post('/projects', { name: 'Renewal' })).body.id;
});
afterAll(async () => {
  await server.kill();
  await model.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('a change of the embedder renews all documents, which are found all the while', async () => {
  const before = new Map<string, Json>();
  for (const word of WORDS) {
    const text = { name: `${word}.txt`, content: numberedSentences(word, SENTENCES) };
    before.set(word, await uploadAndWait(client(), project, text));
  }
  await server.terminate();
  server = await start('opposite');
  const modes = await searchUntilRenewed();
  expect(modes).toEqual(new Set(['hybrid', 'vector']));

  for (const [word, document] of before) {
    const { body } = await client().get(`/projects/${project}/documents/${document.id}`);
    const unchanged = { title: `${word}.txt`, status: 'ready', chunk_count: document.chunk_count };
    expect(body).toMatchObject(unchanged);
    expect(await outcomesOf(document.id)).toEqual(['succeeded', 'succeeded']);
  }
  const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
  expect(metrics).toMatch(/^documents_outdated \d/m);
}, 200_000);

function start(embeddingModel: string): Promise<ServerProcess> {
  const settings = {
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'test',
    EMBEDDING_PROVIDER: 'openai',
    EMBEDDING_MODEL: embeddingModel,
    EMBEDDING_DIMENSIONS: String(DIMENSIONS),
    CHUNK_SIZE: '32',
    CHUNK_OVERLAP: '0',
  };
  return startServerProcess({ dataDir, settings: { ...settings, ...database.settings } });
}

function client(): Client {
  return createClient(server.baseUrl, token);
}

/**
 * Asks for one document after the other, each of which has to be found each time, and gives how a search by vectors
 * found them: by words besides while some wait for vectors that can be compared, and at last by vectors alone.
 */
async function searchUntilRenewed(): Promise<ReadonlySet<string>> {
  const deadline = Date.now() + PATIENCE_MS;
  const modes = new Set<string>();
  for (let round = 0; ; round += 1) {
    const found = await search(WORDS[round % WORDS.length] ?? '');
    modes.add(found.mode);
    if (found.mode === 'vector') return modes;
    if (Date.now() > deadline) throw new Error('the documents have not been renewed');
    await sleep(POLL_MS);
  }
}

async function search(word: string): Promise<Json> {
  const query = `the ${word} 7`;
  const hybrid = await client().post(`/projects/${project}/search`, { query });
  const titles = hybrid.body.items.map(({ document_title: title }: Json) => title);
  expect(titles[0]).toBe(`${word}.txt`);
  return (await client().post(`/projects/${project}/search`, { query, mode: 'vector' })).body;
}

async function outcomesOf(id: string): Promise<readonly string[]> {
  const { body } = await client().get(`/projects/${project}/documents/${id}/attempts`);
  return body.items.map(({ outcome }: Json) => outcome);
}
