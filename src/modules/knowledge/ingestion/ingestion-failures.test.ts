import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
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
  world = await createKnowledgeWorld({ database: interruptible.database });
});
afterAll(async () => {
  await world.close();
  await test.close();
});

describe('an ingestion that fails', () => {
  it('fails at once for a fault of the file, with its reason', async () => {
    const tenant = await world.addTenant();
    const document = await world.ingest(tenant, 'blank.txt', ' \n \n');
    expect(document).toMatchObject({ status: 'failed', errorReason: 'no_text' });
    expect(document.error).not.toBe('');
    expect(await world.count(tenant)).toMatchObject({ chunks: 0, indexings: 0 });
  });

  it('is tried again after a fault that may pass, says why, and fails with the last try', async () => {
    const failing = await createKnowledgeWorld({
      database: test.database,
      embedder: brokenEmbedder(
        new AppError('external', 'The provider is down', { retryable: true }),
      ),
    });
    const tenant = await failing.addTenant();
    const { id } = await failing.upload(tenant, 'later.txt', 'something to embed');
    const key = { projectId: tenant.projectId, id };
    const fault = { stage: 'embed', errorReason: 'external', error: 'The provider is down' };
    for (let attempts = 1; attempts < 8; attempts += 1) {
      await failing.queue.runNext();
      const document = await failing.knowledge.documents.get(tenant.actor, key);
      expect(document).toMatchObject({ ...fault, status: 'pending', attempts });
      expect(document.retryAt).not.toBeNull();
    }
    await expect(failing.queue.runNext()).rejects.toMatchObject({ options: { retryable: false } });
    const document = await failing.knowledge.documents.get(tenant.actor, key);
    expect(document).toMatchObject({ ...fault, status: 'failed', retryAt: null });
    const { items } = await listAttempts(failing, tenant, id);
    const { stage, ...failure } = fault;
    expect(items.map(({ firstStage }) => firstStage)).toEqual([
      ...Array.from({ length: 7 }, () => 'embed'),
      'fetch',
    ]);
    for (const item of items) expect(item).toMatchObject({ ...failure, stage, outcome: 'failed' });
    expect((await failing.search(tenant, 'something', { mode: 'lexical' })).passages).toEqual([]);
    await failing.close();
  });

  it('is begun anew by an operator who sends its dead letter again', async () => {
    const embedder = brokenEmbedder(new AppError('external', 'down', { retryable: true }));
    const failing = await createKnowledgeWorld({ database: test.database, embedder });
    const tenant = await failing.addTenant();
    const { id } = await failing.upload(tenant, 'again.txt', 'something to embed');
    for (let attempts = 1; attempts < 8; attempts += 1) await failing.queue.runNext();
    await expect(failing.queue.runNext()).rejects.toThrow('down');
    await failing.queue.runNext();
    const key = { projectId: tenant.projectId, id };
    expect((await failing.knowledge.documents.get(tenant.actor, key)).status).toBe('failed');
    embedder.heal();
    failing.queue.enqueueAgain('ingest-document', { teamId: tenant.id, documentId: id });
    await failing.queue.runNext({ isSentAgain: true });
    expect((await failing.knowledge.documents.get(tenant.actor, key)).status).toBe('ready');
    await failing.close();
  });

  it('embeds what is not embedded yet, and parses nothing again', async () => {
    const embedder = wordEmbedderThatFails({ atCall: 3 });
    const failing = await createKnowledgeWorld({ database: test.database, embedder });
    const tenant = await failing.addTenant();
    const text = numberedSentences('resumed', 1500);
    const { id } = await failing.upload(tenant, 'resumed.txt', text);
    await failing.queue.runNext();
    const [{ chunks: written }, first] = [await failing.count(tenant), embedder.texts.length];
    await failing.queue.runNext();
    const { status, chunkCount } = await failing.knowledge.documents.get(tenant.actor, {
      projectId: tenant.projectId,
      id,
    });
    expect({ status, chunkCount }).toEqual({ status: 'ready', chunkCount: written });
    expect(first).toBeGreaterThan(0);
    expect(new Set(embedder.texts).size).toBe(chunkCount);
    expect(embedder.texts).toHaveLength(chunkCount);
    const { items } = await listAttempts(failing, tenant, id);
    expect(items).toMatchObject([
      { firstStage: 'embed', stage: 'index', outcome: 'succeeded' },
      { firstStage: 'fetch', stage: 'embed', outcome: 'failed', errorReason: 'external' },
    ]);
    await failing.close();
  });

  it('keeps what we did not foresee to itself', async () => {
    const failing = await createKnowledgeWorld({
      database: test.database,
      embedder: brokenEmbedder(new Error('password of the provider')),
    });
    const tenant = await failing.addTenant();
    const { id } = await failing.upload(tenant, 'inside.txt', 'something to embed');
    await failing.queue.runNext();
    const document = await failing.knowledge.documents.get(tenant.actor, {
      projectId: tenant.projectId,
      id,
    });
    expect(document).toMatchObject({ status: 'pending', errorReason: 'internal' });
    expect(document.error).not.toContain('password');
    await failing.close();
  });

  it('that is called off stops at once, stays called off, and can be asked for again', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'off.txt', numberedSentences('off', 2000));
    const key = { projectId: tenant.projectId, id };
    const { documentIngestion } = world.knowledge;
    interruptible.plan(undefined);
    interruptible.watch(async () => {
      if (interruptible.transactions() !== 5) return;
      interruptible.watch(undefined);
      await documentIngestion.cancel(tenant.actor, key);
    });
    await world.queue.runNext();
    expect(await read(tenant, id)).toMatchObject({ status: 'failed', errorReason: 'cancelled' });
    expect(await world.count(tenant)).toMatchObject({ chunks: 0, postings: 0, indexings: 0 });
    expect((await listAttempts(world, tenant, id)).items).toMatchObject([{ outcome: 'cancelled' }]);
    const again = await documentIngestion.cancel(tenant.actor, key);
    expect(again).toMatchObject({ status: 'failed', errorReason: 'cancelled' });
    await documentIngestion.reindex(tenant.actor, key);
    await world.queue.runAll();
    expect(await read(tenant, id)).toMatchObject({ status: 'ready', error: null });
    await expect(documentIngestion.cancel(tenant.actor, key)).rejects.toMatchObject({
      kind: 'conflict',
      options: { reason: 'document.ended' },
    });
  });

  it('can be asked for again', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.ingest(tenant, 'blank.txt', ' \n \n');
    const key = { projectId: tenant.projectId, id };
    const document = await world.knowledge.documentIngestion.reindex(tenant.actor, key);
    expect(document).toMatchObject({ status: 'pending', error: null, errorReason: null });
    expect(world.queue.waiting()).toEqual(['ingest-document']);
    await world.queue.runAll();
  });

  it('is left to a later run when the process is stopped', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'stopped.txt', numberedSentences('stopped', 20));
    const signal = AbortSignal.abort(new Error('shutting down'));
    await expect(world.queue.runNext({ signal })).rejects.toThrow(/shutting down|abort/i);
    expect((await read(tenant, id)).status).toBe('processing');
    await world.queue.runNext();
    expect((await read(tenant, id)).status).toBe('ready');
  });
});

function read(tenant: TestTenant, id: Parameters<typeof world.knowledge.documents.get>[1]['id']) {
  return world.knowledge.documents.get(tenant.actor, { projectId: tenant.projectId, id });
}

function listAttempts({ knowledge }: KnowledgeWorld, tenant: TestTenant, id: DocumentId) {
  const page = { page: 1, pageSize: 20 };
  const key = { projectId: tenant.projectId, id, page };
  return knowledge.documentIngestion.listAttempts(tenant.actor, key);
}

function brokenEmbedder(error: Error) {
  let isBroken = true;
  return {
    name: 'broken',
    dimensions: 3,
    heal: () => void (isBroken = false),
    async embed(texts: readonly string[]) {
      if (isBroken) throw error;
      return { vectors: texts.map(() => [1, 0, 0]) };
    },
  };
}

/** Fails one call and keeps the texts of the others. */
function wordEmbedderThatFails({ atCall }: { readonly atCall: number }) {
  const texts: string[] = [];
  let calls = 0;
  return {
    name: 'counting',
    dimensions: 3,
    texts,
    async embed(asked: readonly string[]) {
      calls += 1;
      if (calls === atCall) throw new AppError('external', 'down', { retryable: true });
      texts.push(...asked);
      return { vectors: asked.map(() => [1, 0, 0]) };
    },
  };
}
