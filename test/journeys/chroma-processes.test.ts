import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countVectors, startChromaServer, type ChromaServer } from '#test/chroma-server';
import { createClient, signUp, uploadAndWait, type Client, type Json } from '#test/client';
import { startKillableService } from '#test/killable-service';
import { createProcessDatabase } from '#test/process-database';
import { startServerProcess } from '#test/server-process';
import { numberedSentences } from '#test/texts';

const SETTINGS = {
  EMBEDDING_PROVIDER: 'builtin',
  EMBEDDING_DIMENSIONS: '16',
  CHUNK_SIZE: '32',
  CHUNK_OVERLAP: '0',
};
const WORDS = ['heron', 'otter', 'badger'];
/** Several batches of vectors. */
const SENTENCES = 400;
const POLL_MS = 50;
/** The first look of a process, or a lease and a start of one, on a busy machine. */
const PATIENCE = { timeout: 120_000, interval: POLL_MS };
const LONG_MS = 240_000;

let chroma: ChromaServer;
beforeAll(async () => {
  chroma = await startChromaServer();
});
afterAll(() => chroma.close());

it(
  'documents whose vectors were in the database are found all the while these move to Chroma',
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'groundwork-chroma-'));
    const database = await createProcessDatabase();
    const start = (changes: Readonly<Record<string, string>>) =>
      startServerProcess({ dataDir, settings: { ...SETTINGS, ...changes, ...database.settings } });
    let server = await start({});
    try {
      const token = (await signUp(server.baseUrl)).login.access_token;
      const client = () => createClient(server.baseUrl, token);
      const { id } = (await client().post('/projects', { name: 'Moving' })).body;
      let chunks = 0;
      for (const word of WORDS) {
        const text = { name: `${word}.txt`, content: numberedSentences(word, SENTENCES) };
        chunks += (await uploadAndWait(client(), id, text)).chunk_count;
      }
      await server.terminate();
      server = await start({ VECTOR_STORE: 'chroma', CHROMA_URL: chroma.url });
      const modes = await searchUntilMoved(client, id);
      expect(modes).toEqual(new Set(['hybrid', 'vector']));
      expect(await countVectors(chroma, [id])).toEqual([chunks]);
    } finally {
      await server.kill();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  LONG_MS,
);

it(
  'a process that dies between two batches leaves each vector in Chroma once',
  async () => {
    const inChroma = { VECTOR_STORE: 'chroma', CHROMA_URL: chroma.url };
    const service = await startKillableService({ ...SETTINGS, ...inChroma });
    try {
      const token = (await signUp(service.baseUrl())).login.access_token;
      const client = () => createClient(service.baseUrl(), token);
      const { id } = (await client().post('/projects', { name: 'Dying' })).body;
      const documents = `/projects/${id}/documents`;
      const point = { title: 'heron.txt', stage: 'embed', moment: 'written' } as const;
      await service.dieAt(point, () =>
        client()
          .upload(documents, numberedSentences('heron', SENTENCES), 'heron.txt')
          .then(ignoreAnswer, ignoreAnswer),
      );
      const read = async () => (await client().get(documents)).body.items[0];
      await expect.poll(read, PATIENCE).toMatchObject({ status: 'ready' });
      const { chunk_count: chunks } = await read();
      expect(await countVectors(chroma, [id])).toEqual([chunks]);
      const asked = { query: 'heron 7', mode: 'vector', top_k: 50 };
      const { body } = await client().post(`/projects/${id}/search`, asked);
      expect(body).toMatchObject({ mode: 'vector' });
      expect(body.items.length).toBeGreaterThan(0);
    } finally {
      await service.close();
    }
  },
  LONG_MS,
);

/** It may die with the process. */
function ignoreAnswer(): void {}

/** Asks for one document after the other, each of which is found each time; says how, until it is by vectors alone. */
async function searchUntilMoved(client: () => Client, id: string): Promise<ReadonlySet<string>> {
  const deadline = Date.now() + PATIENCE.timeout;
  const modes = new Set<string>();
  for (let round = 0; !modes.has('vector'); round += 1) {
    const word = WORDS[round % WORDS.length] ?? '';
    const search = (mode: string) =>
      client().post(`/projects/${id}/search`, { query: `the ${word} 7`, mode });
    const titles = (await search('hybrid')).body.items.map((item: Json) => item.document_title);
    expect(titles[0]).toBe(`${word}.txt`);
    modes.add((await search('vector')).body.mode);
    if (Date.now() > deadline) throw new Error('the vectors have not been moved');
    await sleep(POLL_MS);
  }
  return modes;
}
