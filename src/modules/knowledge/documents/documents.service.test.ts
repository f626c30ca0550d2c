import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '#platform/clock/clock';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { numberedSentences } from '#test/texts';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;

let test: TestDatabase;
let world: KnowledgeWorld;
beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database });
});
afterAll(async () => {
  await world.close();
  await test.close();
});

describe('an upload', () => {
  it('keeps the file and puts its ingestion in line', async () => {
    const tenant = await world.addTenant();
    const document = await world.upload(tenant, 'note.txt', 'Hello');
    expect(document).toMatchObject({
      title: 'note.txt',
      mimeType: 'text/plain',
      status: 'pending',
    });
    expect(document).toMatchObject({ bytes: 5, chunkCount: 0, progress: 0 });
    expect(world.queue.waiting()).toEqual(['ingest-document']);
    await world.queue.runAll();
  });

  it('of the same content is refused in the same project, by the id of the one that is there', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'one.txt', 'the same');
    const blobs = await countBlobs();
    await expect(world.upload(tenant, 'two.txt', 'the same')).rejects.toMatchObject({
      kind: 'duplicate',
      options: { details: { id } },
    });
    expect(await countBlobs()).toBe(blobs);
    expect(await world.count(tenant)).toMatchObject({ documents: 1 });
    const elsewhere = await world.addTenant();
    await expect(world.upload(elsewhere, 'two.txt', 'the same')).resolves.toBeDefined();
    await world.queue.runAll();
  });

  it('of the same content twenty times at once gives one document', async () => {
    const tenant = await world.addTenant();
    const uploads = Array.from({ length: 20 }, () => world.upload(tenant, 'race.txt', 'raced'));
    const results = await Promise.allSettled(uploads);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await world.count(tenant)).toMatchObject({ documents: 1 });
    await world.queue.runAll();
  });

  it('leaves neither row nor blob when it is refused', async () => {
    const tenant = await world.addTenant();
    const blobs = await countBlobs();
    const refused = [
      ['program.txt', Buffer.from('MZ\0\0\0binary'), 'unsupported_media'],
      ['large.txt', Buffer.alloc(1_000_001, 'a'), 'too_large'],
      ['empty.txt', Buffer.alloc(0), 'invalid'],
    ] as const;
    for (const [name, content, kind] of refused) {
      await expect(world.upload(tenant, name, content)).rejects.toMatchObject({ kind });
    }
    expect(await countBlobs()).toBe(blobs);
    expect(await world.count(tenant)).toMatchObject({ documents: 0 });
    expect(world.queue.waiting()).toEqual([]);
  });

  it('is refused to viewers and to strangers', async () => {
    const tenant = await world.addTenant();
    const viewer = { ...tenant, actor: tenant.viewer };
    await expect(world.upload(viewer, 'a.txt', 'a')).rejects.toMatchObject({ kind: 'forbidden' });
    const stranger = { ...(await world.addTenant()), projectId: tenant.projectId };
    await expect(world.upload(stranger, 'a.txt', 'a')).rejects.toMatchObject({ kind: 'not_found' });
  });
});

describe('a deleted document', () => {
  it('is out of search and of the statistics at once, and wholly back after a restore', async () => {
    const { tenant, key, before } = await ingestOne('comet');
    await world.knowledge.documents.remove(tenant.actor, key);
    expect((await world.search(tenant, 'comet')).passages).toEqual([]);
    expect((await world.count(tenant)).statistics).toEqual({ n: 0, totalLength: 0 });
    await expect(world.knowledge.documents.get(tenant.actor, key)).rejects.toMatchObject({
      kind: 'not_found',
    });
    expect(await titles(tenant, { isDeleted: true })).toEqual(['comet.txt']);

    const restored = await world.knowledge.documents.restore(tenant.actor, key);
    expect(restored.status).toBe('ready');
    expect(await world.count(tenant)).toEqual(before);
    expect((await world.search(tenant, 'comet')).passages).toHaveLength(8);
  });

  it('changes no score of the others by what it leaves in the tables', async () => {
    const tenant = await world.addTenant();
    await world.ingest(tenant, 'stays.txt', 'A meteor is seen at night.');
    const alone = await world.search(tenant, 'meteor at night');
    const { id } = await world.ingest(tenant, 'goes.txt', numberedSentences('meteor', 200));
    expect(await world.search(tenant, 'meteor at night')).not.toEqual(alone);
    await world.knowledge.documents.remove(tenant.actor, { projectId: tenant.projectId, id });
    expect(await world.search(tenant, 'meteor at night')).toEqual(alone);
  });

  it('cannot come back beside another one with its content', async () => {
    const { tenant, key } = await ingestOne('nebula');
    await world.knowledge.documents.remove(tenant.actor, key);
    await world.ingest(tenant, 'again.txt', numberedSentences('nebula', 200));
    const before = await world.count(tenant);
    await expect(world.knowledge.documents.restore(tenant.actor, key)).rejects.toMatchObject({
      kind: 'duplicate',
    });
    expect(await world.count(tenant)).toEqual(before);
  });

  it('that was never ingested is ingested after its restore', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'early.txt', 'deleted too early');
    const key = { projectId: tenant.projectId, id };
    await world.knowledge.documents.remove(tenant.actor, key);
    await world.queue.runAll();
    expect((await world.knowledge.documents.restore(tenant.actor, key)).status).toBe('pending');
    await world.queue.runAll();
    expect((await world.search(tenant, 'early')).passages).toHaveLength(1);
  });

  it('is purged whole once its time in the trash is over', async () => {
    const { tenant, key } = await ingestOne('quasar');
    const { fileId } = await world.knowledge.documents.get(tenant.actor, key);
    const { file, content } = await world.files.open(tenant.id, fileId);
    content.destroy();
    await world.knowledge.documents.remove(tenant.actor, key);
    await purgeAfter(29);
    expect(await world.count(tenant)).toMatchObject({ documents: 1 });
    await purgeAfter(31);
    expect(await world.count(tenant)).toEqual(NOTHING);
    await expect(world.storage.read(file.storageKey)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(world.knowledge.documents.restore(tenant.actor, key)).rejects.toMatchObject({
      kind: 'not_found',
    });
  });

  it('of the trash or not goes with its project', async () => {
    const { tenant, key } = await ingestOne('pulsar');
    await world.knowledge.documents.remove(tenant.actor, key);
    await world.ingest(tenant, 'other.txt', 'still living');
    await world.knowledge.eraseProject({ id: tenant.projectId, teamId: tenant.id });
    expect(await world.count(tenant)).toEqual(NOTHING);
  });

  it('may be neither deleted nor restored by viewers and strangers', async () => {
    const { tenant, key } = await ingestOne('orbit');
    const { documents, documentIngestion } = world.knowledge;
    const stranger = await world.addTenant();
    const ownProject = { ...key, projectId: stranger.projectId };
    const { reindex, cancel } = documentIngestion;
    for (const change of [documents.remove, documents.restore, reindex, cancel]) {
      await expect(change(tenant.viewer, key)).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(change(stranger.actor, key)).rejects.toMatchObject({ kind: 'not_found' });
      await expect(change(stranger.actor, ownProject)).rejects.toMatchObject({ kind: 'not_found' });
    }
  });
});

describe('documents', () => {
  it('are listed by page, by state and in the asked order', async () => {
    const tenant = await world.addTenant();
    await world.ingest(tenant, 'b.txt', 'bbb');
    await world.ingest(tenant, 'a.txt', 'a');
    await world.ingest(tenant, 'c.txt', ' \n ');
    expect(await titles(tenant, {})).toEqual(['c.txt', 'a.txt', 'b.txt']);
    const byTitle = { column: 'title', direction: 'asc' } as const;
    expect(await titles(tenant, { sort: byTitle })).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(await titles(tenant, { status: 'failed' })).toEqual(['c.txt']);
    expect(await titles(tenant, { page: 2, pageSize: 2 })).toEqual(['b.txt']);
    const beyond = await world.knowledge.documents.list(tenant.actor, listing(tenant, { page: 9 }));
    expect(beyond).toMatchObject({ items: [], total: 3 });
  });

  it('cannot be indexed anew while their ingestion is under way', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'busy.txt', 'busy');
    const key = { projectId: tenant.projectId, id };
    await expect(
      world.knowledge.documentIngestion.reindex(tenant.actor, key),
    ).rejects.toMatchObject({
      kind: 'conflict',
      options: { reason: 'document.busy' },
    });
    await world.queue.runAll();
  });

  it('are followed until they are ready', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'followed.txt', 'followed');
    const key = { projectId: tenant.projectId, id };
    const follow = await world.knowledge.documentIngestion.watch(tenant.actor, key);
    const states: string[] = [];
    for await (const { status } of follow(NEVER)) {
      states.push(status);
      if (status === 'pending') await world.queue.runAll();
    }
    expect([states.at(0), states.at(-1)]).toEqual(['pending', 'ready']);
  });

  it('are no longer followed once nobody reads, or once they are gone', async () => {
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'left.txt', 'left');
    const key = { projectId: tenant.projectId, id };
    const follow = await world.knowledge.documentIngestion.watch(tenant.actor, key);
    const reader = new AbortController();
    const seen: unknown[] = [];
    for await (const { status } of follow(reader.signal)) {
      seen.push(status);
      reader.abort();
    }
    for await (const { status } of follow(NEVER)) {
      seen.push(status);
      await world.knowledge.documents.remove(tenant.actor, key);
    }
    expect(seen).toEqual(['pending', 'pending']);
    await world.queue.runAll();
  });
});

const NOTHING = {
  documents: 0,
  indexings: 0,
  chunks: 0,
  postings: 0,
  statistics: { n: 0, totalLength: 0 },
};

async function ingestOne(word: string) {
  const tenant = await world.addTenant();
  const { id } = await world.ingest(tenant, `${word}.txt`, numberedSentences(word, 200));
  const key = { projectId: tenant.projectId, id };
  return { tenant, key, before: await world.count(tenant) };
}

async function countBlobs(): Promise<number> {
  let total = 0;
  for await (const _ of world.storage.list()) total += 1;
  return total;
}

type Listing = Parameters<typeof world.knowledge.documents.list>[1];

function listing({ projectId }: TestTenant, changes: Partial<Listing>): Listing {
  const sort = { column: 'created_at', direction: 'desc' } as const;
  return {
    page: 1,
    pageSize: 20,
    status: undefined,
    isDeleted: false,
    sort,
    projectId,
    ...changes,
  };
}

async function titles(tenant: TestTenant, changes: Partial<Listing>): Promise<readonly string[]> {
  const page = await world.knowledge.documents.list(tenant.actor, listing(tenant, changes));
  return page.items.map(({ title }) => title);
}

/** Purges as of some days from now; the files and rows are those of the shared world. */
async function purgeAfter(days: number): Promise<void> {
  const clock: Clock = { now: () => new Date(Date.now() + days * DAY_MS) };
  const later = await createKnowledgeWorld({
    database: test.database,
    clock,
    storagePath: world.path,
  });
  await later.queue.runScheduled('purge-documents');
  await later.close();
}
