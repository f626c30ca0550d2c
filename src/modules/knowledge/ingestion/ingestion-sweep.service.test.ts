import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createInterruptibleDatabase } from '#test/interruptible-database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { numberedSentences } from '#test/texts';

let test: TestDatabase;
let interruptible: ReturnType<typeof createInterruptibleDatabase>;
let world: KnowledgeWorld;
beforeAll(async () => {
  test = await createTestDatabase();
  interruptible = createInterruptibleDatabase(test.database);
});
afterAll(() => test.close());

// A sweep takes whatever is left behind, so no two tests share the jobs that it makes.
beforeEach(async () => {
  world = await createKnowledgeWorld({ database: interruptible.database });
  return () => world.close();
});

describe('the sweep of ingestions', () => {
  it('puts a document back in line whose job has died', async () => {
    const { tenant, id } = await killIngestion(3);
    world.queue.clear();
    await passTime(id, '11 minutes');
    await world.queue.runScheduled('sweep-ingestions');
    expect(await read(tenant, id)).toMatchObject({ status: 'pending' });
    await world.queue.runAll();
    const { status, chunkCount } = await read(tenant, id);
    expect(status).toBe('ready');
    expect(await world.count(tenant)).toMatchObject({ indexings: 1, chunks: chunkCount });
  });

  it('leaves one alone that gave a sign of life lately, or only waits for its turn', async () => {
    const { id: running } = await killIngestion(3);
    world.queue.clear();
    await passTime(running, '1 minute');
    const waiting = await world.upload(await world.addTenant(), 'waiting.txt', 'waits');
    await passTime(waiting.id, '50 minutes');
    world.queue.clear();
    await world.queue.runScheduled('sweep-ingestions');
    expect(world.queue.waiting()).toEqual([]);
  });

  it('fails a document that killed its worker again and again, and clears what that left', async () => {
    const { tenant, id } = await killIngestion(3);
    for (let attempt = 2; attempt <= 5; attempt += 1) {
      interruptible.plan({ transaction: 3, side: 'before' });
      if (world.queue.waiting().length > 0) await world.queue.runNext().catch(ignoreKill);
    }
    interruptible.plan(undefined);
    await world.queue.runScheduled('sweep-ingestions');
    expect(await read(tenant, id)).toMatchObject({ status: 'failed', errorReason: 'interrupted' });
    expect(await world.count(tenant)).toMatchObject({ indexings: 0, chunks: 0, postings: 0 });
    expect(world.queue.waiting()).toEqual([]);
  });

  it('erases a replaced index, however large, without touching the one that is searched', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.ingest(tenant, 'large.txt', numberedSentences('large', 3000));
    const before = await world.count(tenant);
    const key = { projectId: tenant.projectId, id };
    await world.knowledge.documentIngestion.reindex(tenant.actor, key);
    // The run ends with its last transaction; nothing of the former index has been erased.
    interruptible.plan(undefined);
    interruptible.watch(async () => {
      if ((await read(tenant, id)).status === 'ready') throw new Error('killed');
    });
    await expect(world.queue.runNext()).rejects.toThrow('killed');
    interruptible.watch(undefined);
    expect(await world.count(tenant)).toMatchObject({
      indexings: 2,
      statistics: before.statistics,
    });
    expect(before.postings).toBeGreaterThan(5000);
    await world.queue.runScheduled('sweep-ingestions');
    expect(await world.count(tenant)).toEqual(before);
  });
});

async function killIngestion(transaction: number) {
  const tenant = await world.addTenant();
  const { id } = await world.upload(tenant, 'killed.txt', numberedSentences('killed', 500));
  interruptible.plan({ transaction, side: 'after' });
  await expect(world.queue.runNext()).rejects.toThrow('killed');
  interruptible.plan(undefined);
  return { tenant, id };
}

function ignoreKill(error: unknown): void {
  if (!(error instanceof Error && error.message === 'killed')) throw error;
}

function read(tenant: TestTenant, id: DocumentId) {
  return world.knowledge.documents.get(tenant.actor, { projectId: tenant.projectId, id });
}

/** As if nothing had happened to the document for a while. */
async function passTime(id: DocumentId, interval: string): Promise<void> {
  const past = sql<string>`now() - ${interval}::interval`;
  const queries = test.database.forSystem();
  await queries.updateTable('documents').set({ updated_at: past }).where('id', '=', id).execute();
  await queries
    .updateTable('indexings')
    .set({ leased_until: past })
    .where('document_id', '=', id)
    .execute();
}
