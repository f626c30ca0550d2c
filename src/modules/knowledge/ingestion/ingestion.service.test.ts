import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createInterruptibleDatabase, type Interruption } from '#test/interruptible-database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { numberedSentences } from '#test/texts';

let test: TestDatabase;
let interruptible: ReturnType<typeof createInterruptibleDatabase>;
let world: KnowledgeWorld;
beforeAll(async () => {
  test = await createTestDatabase();
  interruptible = createInterruptibleDatabase(test.database);
  world = await createKnowledgeWorld({ database: interruptible.database });
});
afterAll(async () => {
  await world.close();
  await test.close();
});

describe('ingestion', () => {
  it('makes an uploaded document searchable, and counts what it has', async () => {
    const tenant = await world.addTenant();
    const document = await world.ingest(
      tenant,
      'lighthouse.md',
      numberedSentences('lighthouse', 40),
    );
    expect(document).toMatchObject({ status: 'ready', progress: 1, error: null });
    expect(document.chunkCount).toBeGreaterThan(3);

    const { passages } = await world.search(tenant, 'lighthouse 7');
    expect(passages[0]).toMatchObject({ documentId: document.id, documentTitle: 'lighthouse.md' });
    const counts = await world.count(tenant);
    expect(counts).toMatchObject({ chunks: document.chunkCount, indexings: 1 });
    expect(counts.statistics.n).toBe(document.chunkCount);
    expect(counts.statistics.totalLength).toBe(await sumOfLengths(tenant));
  });

  it('shows nothing of a document before it is whole', async () => {
    const tenant = await world.addTenant();
    await world.upload(tenant, 'glacier.txt', numberedSentences('glacier', 2000));
    const seen: number[] = [];
    interruptible.watch(async () => {
      const { passages } = await world.search(tenant, 'glacier');
      seen.push(passages.length);
    });
    await world.queue.runNext();
    interruptible.watch(undefined);

    // Start, at least three batches and the last one; what is erased afterwards comes once it is seen.
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(new Set(seen)).toEqual(new Set([0]));
    expect((await world.search(tenant, 'glacier')).passages).not.toEqual([]);
  });

  it('gives one and the same result whichever transaction a first run was killed at', async () => {
    const expected = await ingestInterrupted(undefined);
    expect(expected.transactions).toBeGreaterThanOrEqual(4);
    for (const side of ['before', 'after'] as const) {
      for (let transaction = 1; transaction <= expected.transactions; transaction += 1) {
        const { counts, status, passages } = await ingestInterrupted({ transaction, side });
        expect({ side, transaction, counts, status, passages }).toEqual({
          side,
          transaction,
          counts: expected.counts,
          status: 'ready',
          passages: expected.passages,
        });
      }
    }
  });

  it('changes nothing when its job is delivered twice', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.ingest(tenant, 'twice.txt', numberedSentences('twice', 20));
    const before = await world.count(tenant);
    world.queue.enqueueAgain('ingest-document', { teamId: tenant.id, documentId: id });
    await world.queue.runAll();
    expect(await world.count(tenant)).toEqual(before);
  });

  it('searches the former index while a document is indexed anew, and then only the new one', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.ingest(tenant, 'anew.txt', numberedSentences('anew', 400));
    const before = await world.count(tenant);
    const key = { projectId: tenant.projectId, id };
    await world.knowledge.documentIngestion.reindex(tenant.actor, key);
    const seen: number[] = [];
    interruptible.watch(async () => {
      seen.push((await world.search(tenant, 'anew')).passages.length);
    });
    await world.queue.runNext();
    interruptible.watch(undefined);
    expect(new Set(seen)).toEqual(new Set([8]));
    expect(await world.count(tenant)).toEqual(before);
  });

  it('stops when the document is deleted on its way, and leaves nothing', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'deleted.txt', numberedSentences('deleted', 2000));
    const key = { projectId: tenant.projectId, id };
    interruptible.plan(undefined);
    interruptible.watch(async () => {
      if (interruptible.transactions() !== 3) return;
      interruptible.watch(undefined);
      await world.knowledge.documents.remove(tenant.actor, key);
    });
    await world.queue.runNext();
    expect(await world.count(tenant)).toMatchObject({ chunks: 0, postings: 0, indexings: 0 });
    expect((await world.search(tenant, 'deleted')).passages).toEqual([]);
  });

  it('lets a run go that another one took over', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'taken.txt', numberedSentences('taken', 2000));
    interruptible.plan(undefined);
    interruptible.watch(async () => {
      if (interruptible.transactions() !== 3) return;
      interruptible.watch(undefined);
      world.queue.enqueueAgain('ingest-document', { teamId: tenant.id, documentId: id });
      await world.queue.runLast();
    });
    await world.queue.runNext();
    const { status, chunkCount } = await read(tenant, id);
    expect(status).toBe('ready');
    expect(await world.count(tenant)).toMatchObject({ chunks: chunkCount, indexings: 1 });
  });
});

async function ingestInterrupted(interruption: Interruption | undefined) {
  const tenant = await world.addTenant();
  const { id } = await world.upload(tenant, 'killed.txt', numberedSentences('killed', 500));
  interruptible.plan(interruption);
  await world.queue.runNext().catch(ignoreKill);
  const transactions = interruptible.transactions();
  interruptible.plan(undefined);
  await world.queue.runAll();
  await world.queue.runScheduled('sweep-ingestions');
  const counts = await world.count(tenant);
  const { passages } = await world.search(tenant, 'killed', { topK: 50 });
  return {
    counts,
    transactions,
    passages: passages.length,
    status: (await read(tenant, id)).status,
  };
}

function ignoreKill(error: unknown): void {
  if (!(error instanceof Error && error.message === 'killed')) throw error;
}

function read(tenant: TestTenant, id: Parameters<typeof world.knowledge.documents.get>[1]['id']) {
  return world.knowledge.documents.get(tenant.actor, { projectId: tenant.projectId, id });
}

async function sumOfLengths({ id, projectId }: TestTenant): Promise<number> {
  const rows = await test.database
    .forTeam(id)
    .selectFrom('chunk_terms')
    .select(['chunk_id', 'dl'])
    .distinct()
    .where('project_id', '=', projectId)
    .execute();
  return rows.reduce((sum, { dl }) => sum + dl, 0);
}
