import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  countVectors,
  settingsOfChroma,
  startChromaServer,
  type ChromaServer,
} from '#test/chroma-server';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';
import { numberedSentences } from '#test/texts';
import { createWordEmbedder } from '#test/word-embedder';
import { createChroma } from './chroma.provider.ts';
import { nameCollection } from './name-collection.ts';
import { createVectorsWorld } from '#test/vectors-world';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;
const TEXT = numberedSentences('heron', 40);

let test: TestDatabase;
let chroma: ChromaServer;
let proxy: TcpProxy;
let knowledge: KnowledgeWorld;
let vectors: ReturnType<typeof createVectorsWorld>;
let tenant: TestTenant;
beforeAll(async () => {
  test = await createTestDatabase();
  chroma = await startChromaServer();
  proxy = await startTcpProxy({ host: '127.0.0.1', port: chroma.port });
  const settings = settingsOfChroma(`http://127.0.0.1:${proxy.port}`);
  const { database } = test;
  knowledge = await createKnowledgeWorld({
    database,
    embedder: createWordEmbedder(),
    vectors: settings,
  });
  vectors = createVectorsWorld({ database, dimensions: 2, vectors: settings });
});
afterAll(async () => {
  await knowledge.close();
  await proxy.close();
  await chroma.close();
  await test.close();
});
beforeEach(async () => {
  tenant = await knowledge.addTenant();
});

describe('vectors in Chroma', () => {
  it('go with the index that another takes the place of, once nobody can still be writing it', async () => {
    const { id, chunkCount = 0 } = await knowledge.ingest(tenant, 'heron.txt', TEXT);
    const { projectId } = tenant;
    expect(await count()).toEqual([chunkCount]);
    await knowledge.knowledge.documentIngestion.reindex(tenant.actor, { projectId, id });
    await knowledge.queue.runAll();
    expect(await count()).toEqual([2 * chunkCount]);
    await knowledge.queue.runScheduled('sweep-ingestions');
    expect(await count()).toEqual([2 * chunkCount]);
    await endLeases();
    await knowledge.queue.runScheduled('sweep-ingestions');
    expect(await count()).toEqual([chunkCount]);
    expect(await knowledge.count(tenant)).toMatchObject({ indexings: 1, chunks: chunkCount });
  });

  it('go with a document that is purged, and the collection with its project', async () => {
    const { id } = await knowledge.ingest(tenant, 'heron.txt', TEXT);
    await knowledge.ingest(tenant, 'owl.txt', 'One owl.');
    const { projectId } = tenant;
    await knowledge.knowledge.documents.remove(tenant.actor, { projectId, id });
    await endLeases();
    await purgeInTime();
    expect(await count()).toEqual([1]);
    await knowledge.knowledge.eraseProject({ id: projectId, teamId: tenant.id });
    expect(await count()).toEqual([]);
  });

  it('go with a team', async () => {
    await knowledge.ingest(tenant, 'heron.txt', TEXT);
    const other = await knowledge.addTenant();
    await knowledge.ingest(other, 'owl.txt', 'One owl.');
    await endLeases();
    const { userId } = tenant.actor;
    const nobody = { email: undefined, subjects: [], heirOf: async () => userId };
    const leaver = { userId, teamIds: [tenant.id], ...nobody };
    await knowledge.knowledge.userEraser.erase(leaver, async () => undefined);
    expect(await count()).toEqual([]);
    expect(await countVectors(chroma, [other.projectId])).toEqual([1]);
  });

  it('stay known while Chroma is down, and go when it is back', async () => {
    const begun = await vectors.add(tenant, [[1, 0]]);
    await vectors.change(begun, (indexings) => indexings.discardAll(begun.documentId));
    await endLeases();
    await proxy.refuse();
    const eraser = vectors.createEraser(async () => undefined);
    const erase = () => eraser.eraseAllOf(tenant.id, begun.documentId, NEVER);
    const reason = 'vector_store.unavailable';
    await expect(erase()).rejects.toMatchObject({ kind: 'unavailable', options: { reason } });
    await eraser.eraseDiscardedOf(tenant.id, begun.documentId, NEVER);
    expect(await knowledge.count(tenant)).toMatchObject({ indexings: 1, chunks: 1 });
    await proxy.restore();
    await erase();
    expect(await knowledge.count(tenant)).toMatchObject({ indexings: 0, chunks: 0 });
    expect(await count()).toEqual([0]);
  });

  it('that a run sends when it was given up are waited for, and removed', async () => {
    const begun = await vectors.begin(tenant, 1);
    const { indexing, ...owner } = begun.target;
    await vectors.change(begun, (indexings) => indexings.discardAll(begun.documentId));
    const late = begun.chunkIds.map((id) => ({ id, embedding: [1, 0], indexingId: indexing.id }));
    const eraser = vectors.createEraser(async () => {
      const collection = nameCollection(tenant.projectId, vectors.kind);
      const records = late.map((vector) => ({ ...vector, ...owner }));
      await createChroma(settingsOfServer()).upsert(collection, records, NEVER);
    });
    await eraser.eraseDiscardedOf(tenant.id, begun.documentId, NEVER);
    expect(await knowledge.count(tenant)).toMatchObject({ indexings: 1 });
    await eraser.eraseAllOf(tenant.id, begun.documentId, NEVER);
    expect(await knowledge.count(tenant)).toMatchObject({ indexings: 0, chunks: 0 });
    expect(await count()).toEqual([0]);
  });

  it('of a model that is no longer used take their collection along', async () => {
    const begun = await vectors.add(tenant, [[1, 0]]);
    await vectors.change(begun, (indexings) => indexings.discardAll(begun.documentId));
    await endLeases();
    // Its embedder is another one.
    await knowledge.queue.runScheduled('sweep-ingestions');
    expect(await knowledge.count(tenant)).toMatchObject({ indexings: 0, chunks: 0 });
    expect(await count()).toEqual([]);
  });

  it('go though vectors are kept in the database again', async () => {
    await knowledge.ingest(tenant, 'heron.txt', TEXT);
    const back = await createKnowledgeWorld({
      database: test.database,
      embedder: createWordEmbedder(),
      vectors: { ...settingsOfChroma(chroma.url), store: 'pgvector' },
      storagePath: knowledge.path,
    });
    try {
      expect((await back.search(tenant, 'heron', { mode: 'vector' })).mode).toBe('hybrid');
      await back.queue.runScheduled('sweep-ingestions');
      await back.queue.runAll();
      await endLeases();
      await back.queue.runScheduled('sweep-ingestions');
      const found = await back.search(tenant, 'heron', { mode: 'vector' });
      expect(found.mode).toBe('vector');
      expect(found.passages[0]?.documentTitle).toBe('heron.txt');
      expect(await count()).toEqual([]);
    } finally {
      await back.close();
    }
  });
});

function count(): Promise<readonly number[]> {
  return countVectors(chroma, [tenant.projectId]);
}

function settingsOfServer() {
  return { url: chroma.url, tenant: 'default_tenant', database: 'default_database' };
}

/** As if nothing had happened to the tenant's documents for a while. */
async function endLeases(): Promise<void> {
  await test.database
    .forTeam(tenant.id)
    .updateTable('indexings')
    .set({ leased_until: sql<string>`now() - interval '1 second'` })
    .execute();
}

/** As the nightly job does when the document's time in the trash is over. */
async function purgeInTime(): Promise<void> {
  const later = await createKnowledgeWorld({
    database: test.database,
    clock: { now: () => new Date(Date.now() + 31 * DAY_MS) },
    vectors: settingsOfChroma(chroma.url),
    storagePath: knowledge.path,
  });
  await later.queue.runScheduled('purge-documents');
  await later.close();
}
