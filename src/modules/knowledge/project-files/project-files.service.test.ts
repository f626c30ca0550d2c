import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type FileId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { numberedSentences } from '#test/texts';
import type { AttributeFilter } from '../retrieval/attribute-filter.ts';

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

describe('a stored file', () => {
  it('becomes a document that is found, once, and stays when it leaves', async () => {
    const tenant = await world.addTenant();
    const file = await world.store(tenant, 'paper.txt', 'The heron eats frogs.');
    expect(await attach(tenant, file.id)).toMatchObject({ state: 'in_progress', bytes: 21 });
    await world.queue.runAll();
    const again = await attach(tenant, file.id);
    expect(again).toMatchObject({ state: 'completed', error: null });
    expect((await world.search(tenant, 'heron')).passages).toHaveLength(1);
    expect(await world.count(tenant)).toMatchObject({ documents: 1 });

    await world.knowledge.projectFiles.detach(tenant.actor, keyOf(tenant, file.id));
    expect((await world.search(tenant, 'heron')).passages).toEqual([]);
    await expect(world.library.get(tenant.actor, file)).resolves.toMatchObject({ id: file.id });
    await attach(tenant, file.id);
    await world.queue.runAll();
    expect((await world.search(tenant, 'heron')).passages).toHaveLength(1);
  });

  it('leaves every project when it is deleted, and its content can be added anew', async () => {
    const tenant = await world.addTenant();
    const file = await world.store(tenant, 'paper.txt', 'The heron eats frogs.');
    await attach(tenant, file.id);
    await world.queue.runAll();
    await world.library.remove(tenant.actor, file);
    expect((await world.search(tenant, 'heron')).passages).toEqual([]);
    await expect(attach(tenant, file.id)).rejects.toMatchObject({ kind: 'not_found' });
    const copy = await world.store(tenant, 'copy.txt', 'The heron eats frogs.');
    await expect(attach(tenant, copy.id)).resolves.toMatchObject({ state: 'in_progress' });
    await world.queue.runAll();
  });

  it('is refused with the content of another, of no document type, or by a viewer', async () => {
    const tenant = await world.addTenant();
    const [one, two] = [
      await world.store(tenant, 'one.txt', 'the same'),
      await world.store(tenant, 'two.txt', 'the same'),
    ];
    await attach(tenant, one.id);
    await expect(attach(tenant, two.id)).rejects.toMatchObject({ kind: 'duplicate' });
    const image = await world.store(tenant, 'x.png', Buffer.from('\x89PNG\r\n\x1a\n\0', 'latin1'));
    await expect(attach(tenant, image.id)).rejects.toMatchObject({ kind: 'unsupported_media' });
    await expect(attach({ ...tenant, actor: tenant.viewer }, one.id)).rejects.toMatchObject({
      kind: 'forbidden',
    });
    await world.queue.runAll();
  });

  it("of another team, and another team's project, are not there", async () => {
    const [tenant, stranger] = [await world.addTenant(), await world.addTenant()];
    const file = await world.store(tenant, 'secret.txt', 'a canary');
    await expect(attach(stranger, file.id)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(
      attach({ ...stranger, projectId: tenant.projectId }, file.id),
    ).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('tells its text whole, though its chunks overlap', async () => {
    const tenant = await world.addTenant();
    const content = numberedSentences('Sentence', 300);
    const file = await world.store(tenant, 'long.txt', content);
    await attach(tenant, file.id);
    await world.queue.runAll();
    const pieces = await world.knowledge.projectFiles.readText(
      tenant.actor,
      keyOf(tenant, file.id),
    );
    const read = (await Array.fromAsync(pieces)).join('');
    expect(read.replaceAll(/\s+/g, ' ').trim()).toBe(content.replaceAll(/\s+/g, ' ').trim());
  });
});

describe('a search narrowed by attributes', () => {
  let library: Awaited<ReturnType<typeof buildLibrary>>;
  beforeAll(async () => {
    library = await buildLibrary();
  });

  it.each<[string, AttributeFilter, readonly string[]]>([
    ['eq', { type: 'eq', key: 'year', value: 2024 }, ['b']],
    ['ne', { type: 'ne', key: 'year', value: 2024 }, ['a', 'c', 'd']],
    ['gt', { type: 'gt', key: 'year', value: 2023 }, ['b', 'c']],
    ['lte', { type: 'lte', key: 'year', value: 2024 }, ['a', 'b']],
    ['gte of another type', { type: 'gte', key: 'year', value: '2000' }, []],
    ['in', { type: 'in', key: 'year', value: [2023, 2025] }, ['a', 'c']],
    ['nin', { type: 'nin', key: 'year', value: [2023, 2025] }, ['b', 'd']],
    ['a boolean', { type: 'eq', key: 'is_public', value: true }, ['a']],
    [
      'and with or',
      {
        type: 'and',
        filters: [
          { type: 'gte', key: 'year', value: 2023 },
          {
            type: 'or',
            filters: [
              { type: 'eq', key: 'region', value: "it's" },
              { type: 'eq', key: 'region', value: 'us' },
            ],
          },
        ],
      },
      ['a', 'b'],
    ],
  ])('by %s finds what has them', async (_, attributes, expected) => {
    const { tenant, nameOf } = library;
    const { passages } = await world.search(tenant, 'heron', { filter: { attributes } });
    const found = passages.map(({ documentId }) => nameOf.get(documentId) ?? '');
    expect(found.toSorted()).toEqual(expected);
  });
});

describe('files that are added together', () => {
  it('count what became of each, and one that cannot be a document fails alone', async () => {
    const tenant = await world.addTenant();
    const good = await world.store(tenant, 'a.txt', 'The heron eats frogs.');
    const bad = await world.store(tenant, 'b.png', Buffer.from('\x89PNG\r\n\x1a\n\0', 'latin1'));
    const batch = await addTogether(tenant, [good.id, bad.id, good.id]);
    expect(batch.counts).toEqual({ in_progress: 1, completed: 0, failed: 1, cancelled: 0 });
    await world.queue.runAll();
    const { documentBatches } = world.knowledge;
    const key = { projectId: tenant.projectId, id: batch.id };
    expect((await documentBatches.get(tenant.actor, key)).counts).toMatchObject({ completed: 1 });
    const listed = await documentBatches.listFiles(tenant.actor, {
      projectId: tenant.projectId,
      batchId: batch.id,
      state: 'failed',
      afterId: undefined,
      direction: 'asc',
      limit: 10,
    });
    expect(listed).toMatchObject([{ fileId: bad.id, errorReason: 'document.unsupported_type' }]);
  });

  it('are not searchable when they are cancelled before, until they are added again', async () => {
    const tenant = await world.addTenant();
    const file = await world.store(tenant, 'a.txt', 'The heron eats frogs.');
    const batch = await addTogether(tenant, [file.id]);
    const key = { projectId: tenant.projectId, id: batch.id };
    const cancelled = await world.knowledge.documentBatches.cancel(tenant.actor, key);
    expect(cancelled).toMatchObject({ isCancelled: true, counts: { cancelled: 1 } });
    await world.queue.runAll();
    expect((await world.search(tenant, 'heron')).passages).toEqual([]);
    expect(await attach(tenant, file.id)).toMatchObject({ state: 'in_progress' });
    await world.queue.runAll();
    expect((await world.search(tenant, 'heron')).passages).toHaveLength(1);
  });

  it('are none at all when one of them is not there', async () => {
    const tenant = await world.addTenant();
    const file = await world.store(tenant, 'a.txt', 'The heron eats frogs.');
    await expect(addTogether(tenant, [file.id, newId<FileId>()])).rejects.toMatchObject({
      kind: 'not_found',
    });
    expect(await world.count(tenant)).toMatchObject({ documents: 0 });
  });
});

const ATTRIBUTES = {
  a: { year: 2023, region: 'us', is_public: true },
  b: { year: 2024, region: "it's" },
  c: { year: 2025, region: 'eu', is_public: false },
  d: {},
};

async function buildLibrary() {
  const tenant = await world.addTenant();
  const nameOf = new Map<string | null, string>();
  for (const [name, attributes] of Object.entries(ATTRIBUTES)) {
    const file = await world.store(tenant, `${name}.txt`, `The heron of ${name}.`);
    const input = { ...keyOf(tenant, file.id), attributes };
    const { documentId } = await world.knowledge.projectFiles.attach(tenant.actor, input);
    nameOf.set(documentId, name);
  }
  await world.queue.runAll();
  return { tenant, nameOf };
}

function attach({ actor, projectId }: TestTenant, fileId: FileId) {
  return world.knowledge.projectFiles.attach(actor, { projectId, fileId, attributes: {} });
}

function addTogether({ actor, projectId }: TestTenant, fileIds: readonly FileId[]) {
  const files = fileIds.map((fileId) => ({ fileId, attributes: {} }));
  return world.knowledge.documentBatches.create(actor, { projectId, files });
}

function keyOf({ projectId }: TestTenant, fileId: FileId) {
  return { projectId, fileId };
}
