import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsOfChroma, startChromaServer, type ChromaServer } from '#test/chroma-server';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld } from '#test/knowledge';
import { createVectorsWorld } from '#test/vectors-world';

const DIMENSIONS = 3;
/** More than the server takes at once. */
const MANY = 130;
const SMALL_BATCH = 50;

let test: TestDatabase;
let chroma: ChromaServer;
let knowledge: KnowledgeWorld;
beforeAll(async () => {
  test = await createTestDatabase();
  chroma = await startChromaServer({ maxBatchSize: SMALL_BATCH });
  knowledge = await createKnowledgeWorld({ database: test.database });
});
afterAll(async () => {
  await knowledge.close();
  await chroma.close();
  await test.close();
});

describe.each(['pgvector', 'chroma'] as const)('vectors in %s', (store) => {
  let world: ReturnType<typeof createVectorsWorld>;
  beforeAll(() => {
    world = createVectorsWorld({
      database: test.database,
      dimensions: DIMENSIONS,
      vectors: { ...settingsOfChroma(chroma.url), store },
    });
  });

  it('are ranked by cosine, whatever their length, and equal ones by their ids', async () => {
    const tenant = await knowledge.addTenant();
    const near = [
      [0, 2, 0],
      [3, 3, 0],
      [5, 0, 0],
      [1, 0, 0],
      [-1, 0, 0],
    ];
    const { chunkIds } = await world.add(tenant, near);
    const ranked = await world.rank(tenant, [1, 0, 0]);
    const [up, diagonal, long, short, opposite] = chunkIds;
    expect(ranked.map(({ chunkId }) => chunkId)).toEqual([long, short, diagonal, up, opposite]);
    const similarities = [1, 1, Math.SQRT1_2, 0, -1];
    for (const [index, { score }] of ranked.entries())
      expect(score).toBeCloseTo(similarities[index] ?? NaN, 5);
    expect(await world.rank(tenant, [1, 0, 0], { limit: 2 })).toEqual(ranked.slice(0, 2));
  });

  it('can be written twice', async () => {
    const tenant = await knowledge.addTenant();
    const begun = await world.begin(tenant, 2);
    expect(
      await world.write(begun, [
        [1, 0, 0],
        [0, 1, 0],
      ]),
    ).toBe(true);
    expect(
      await world.write(begun, [
        [1, 0, 0],
        [1, 1, 0],
      ]),
    ).toBe(true);
    const { indexing } = begun.target;
    await world.change(begun, (indexings) => indexings.publish(indexing, begun.documentId));
    const ranked = await world.rank(tenant, [1, 0, 0]);
    expect(ranked).toHaveLength(2);
    expect(ranked[1]?.score).toBeCloseTo(Math.SQRT1_2, 5);
  });

  it('are written in more than one batch', async () => {
    const tenant = await knowledge.addTenant();
    const vectors = Array.from({ length: MANY }, (_, index) => [1, index / MANY, 0]);
    const { chunkIds } = await world.add(tenant, vectors);
    const ranked = await world.rank(tenant, [1, 0, 0], { limit: MANY });
    expect(ranked.map(({ chunkId }) => chunkId)).toEqual(chunkIds);
  });

  it('are found once they are published, and while they are not in the trash', async () => {
    const tenant = await knowledge.addTenant();
    const found = async () => (await world.rank(tenant, [1, 0, 0])).length;
    const begun = await world.begin(tenant, 1);
    expect(await found()).toBe(0);
    await world.write(begun, [[1, 0, 0]]);
    expect(await found()).toBe(0);
    const { documentId, target } = begun;
    await world.change(begun, (indexings) => indexings.publish(target.indexing, documentId));
    expect(await found()).toBe(1);
    await world.change(begun, (indexings) => indexings.trash(documentId));
    expect(await found()).toBe(0);
    await world.change(begun, (indexings) => indexings.restore(documentId));
    expect(await found()).toBe(1);
    await world.change(begun, (indexings) => indexings.discardAll(documentId));
    expect(await found()).toBe(0);
  });

  it('are found behind many nearer ones that may not be shown', async () => {
    const tenant = await knowledge.addTenant();
    const { chunkIds } = await world.add(tenant, [
      [0, 1, 0],
      [0, 1, 0.1],
    ]);
    for (let count = 0; count < 3; count += 1) {
      const hidden = await world.add(
        tenant,
        Array.from({ length: 20 }, () => [1, 0, 0]),
      );
      await world.change(hidden, (indexings) => indexings.trash(hidden.documentId));
    }
    const ranked = await world.rank(tenant, [1, 0, 0], { limit: 2 });
    expect(ranked.map(({ chunkId }) => chunkId)).toEqual(chunkIds);
  });

  it('are found by a filter, however far they are', async () => {
    const tenant = await knowledge.addTenant();
    await world.add(
      tenant,
      Array.from({ length: 60 }, () => [1, 0, 0]),
    );
    const { chunkIds, documentId } = await world.add(tenant, [[-1, 0, 0]]);
    const among = { limit: 2, filter: { documentIds: [documentId] } };
    expect((await world.rank(tenant, [1, 0, 0], among)).map(({ chunkId }) => chunkId)).toEqual(
      chunkIds,
    );
    const none = { filter: { mimeType: 'application/pdf' } };
    expect(await world.rank(tenant, [1, 0, 0], none)).toEqual([]);
  });

  it('are those of the project alone, which only its team can ask', async () => {
    const owner = await knowledge.addTenant();
    const stranger = await knowledge.addTenant();
    await world.add(owner, [[1, 0, 0]]);
    expect(await world.rank(stranger, [1, 0, 0])).toEqual([]);
    const asIfMine = { ...stranger, projectId: owner.projectId };
    expect(await world.rank(asIfMine, [1, 0, 0])).toEqual([]);
    await world.add(stranger, [[0, 1, 0]]);
    expect(await world.rank(stranger, [1, 0, 0])).toHaveLength(1);
  });

  it('are refused from a run that has lost its indexing', async () => {
    const tenant = await knowledge.addTenant();
    const begun = await world.begin(tenant, 1);
    await world.change(begun, (indexings) => indexings.discard(begun.target.indexing));
    expect(await world.write(begun, [[1, 0, 0]])).toBe(false);
    expect(await world.rank(tenant, [1, 0, 0])).toEqual([]);
  });
});
