import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { ANIMALS, numberedSentences } from '#test/texts';
import { createWordEmbedder } from '#test/word-embedder';

let test: TestDatabase;
let world: KnowledgeWorld;
let embedding: KnowledgeWorld;
beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database });
  embedding = await createKnowledgeWorld({
    database: test.database,
    embedder: createWordEmbedder(),
  });
});
afterAll(async () => {
  await world.close();
  await embedding.close();
  await test.close();
});

describe('search by words', () => {
  it('ranks by BM25 with k1 = 1.2 and b = 0.75', async () => {
    const tenant = await world.addTenant();
    await world.ingestAll(tenant, ANIMALS);
    await world.setRetrieval(tenant, { reranking: 'none' });
    const { passages, mode } = await world.search(tenant, 'owl forest');
    expect(mode).toBe('lexical');
    expect(passages.map((passage) => passage.documentTitle)).toEqual(['owl.txt', 'fox.txt']);
    for (const { chunkId, score } of passages) {
      expect(score).toBeCloseTo(await bm25(tenant, chunkId, ['owl', 'forest']), 10);
    }
  });

  it('scores a project as if it were alone', async () => {
    const alone = await world.addTenant();
    await world.ingestAll(alone, ANIMALS);
    const before = await world.search(alone, 'owl in the forest');

    const neighbour = await world.addTenant();
    await world.ingestAll(neighbour, {
      'owls.txt': numberedSentences('owl', 100),
      'forests.txt': numberedSentences('forest', 100),
      ...ANIMALS,
    });
    expect(await world.search(alone, 'owl in the forest')).toEqual(before);

    const together = await world.addTenant();
    await world.ingestAll(together, ANIMALS);
    const scores = (await world.search(together, 'owl in the forest')).passages.map(
      ({ score }) => score,
    );
    expect(scores).toEqual(before.passages.map(({ score }) => score));
  });

  it('never shows a passage of another team, even for its exact words', async () => {
    const owner = await world.addTenant();
    await world.ingestAll(owner, { 'canary.txt': 'The canary word is zyxwvutsrq.' });
    const stranger = await world.addTenant();
    await world.ingestAll(stranger, ANIMALS);
    expect((await world.search(stranger, 'The canary word is zyxwvutsrq.')).passages).toEqual([]);
    const asIfMine = { ...stranger, projectId: owner.projectId };
    await expect(world.search(asIfMine, 'zyxwvutsrq')).rejects.toMatchObject({ kind: 'not_found' });
    const unchecked = { teamId: stranger.id, projectId: owner.projectId, query: 'zyxwvutsrq' };
    const signal = new AbortController().signal;
    expect((await world.knowledge.search.retrieve(unchecked, signal)).passages).toEqual([]);
  });

  it.each([
    ['Thai', 'แมวนอนหลับอยู่บนเก้าอี้ตัวเก่าในบ้าน', 'แมวอยู่ที่ไหน'],
    ['Chinese', '长城是中国古代的伟大防御工程。', '中国的长城'],
    ['Japanese', '東京は日本の首都であり、人口が多い都市です。', '日本の首都'],
    ['German', 'Die Häuser der Altstadt wurden im Mittelalter gebaut.', 'Haus im Mittelalter'],
    ['mixed', 'Das Feature 検索 works with データベース and Postgres.', 'データベース'],
  ])('finds %s text', async (_language, content, question) => {
    const tenant = await world.addTenant();
    await world.ingestAll(tenant, { ...ANIMALS, 'wanted.txt': content });
    const { passages } = await world.search(tenant, question);
    expect(passages[0]?.documentTitle).toBe('wanted.txt');
    expect(passages[0]?.content.trim()).toBe(content);
  });

  it('finds a passage by the title of its document and by its heading', async () => {
    const tenant = await world.addTenant();
    await world.ingestAll(tenant, {
      ...ANIMALS,
      'Zanzibar.md': `# Harbours\n\n${numberedSentences('ship', 40)}`,
    });
    expect((await world.search(tenant, 'zanzibar')).passages.length).toBeGreaterThan(1);
    expect((await world.search(tenant, 'harbour')).passages.length).toBeGreaterThan(1);
  });

  it('returns as many passages as asked for, and as the setting says otherwise', async () => {
    const tenant = await world.addTenant();
    await world.ingestAll(tenant, { 'many.txt': numberedSentences('many', 200) });
    expect((await world.search(tenant, 'many', { topK: 3 })).passages).toHaveLength(3);
    expect((await world.search(tenant, 'many')).passages).toHaveLength(8);
  });

  it('finds nothing for a question without words, and in an empty project', async () => {
    const tenant = await world.addTenant();
    expect((await world.search(tenant, 'anything')).passages).toEqual([]);
    await world.ingestAll(tenant, ANIMALS);
    expect((await world.search(tenant, '?! …')).passages).toEqual([]);
  });

  it('filters before it cuts, and leaves the scores as they are', async () => {
    const tenant = await world.addTenant();
    const documents = await world.ingestAll(tenant, {
      'owls.txt': numberedSentences('owl', 300),
      'one.md': '# One owl\n\nAn owl that is easily missed among so many.',
    });
    const one = documents.find(({ title }) => title === 'one.md');
    await world.setRetrieval(tenant, { reranking: 'none' });
    const all = await world.search(tenant, 'owl easily missed', { topK: 50 });
    const filters = [{ documentIds: one ? [one.id] : [] }, { mimeType: 'text/markdown' }];
    for (const filter of filters) {
      const { passages } = await world.search(tenant, 'owl easily missed', { filter });
      expect(new Set(passages.map(({ documentId }) => documentId))).toEqual(new Set([one?.id]));
      const same = all.passages.find(({ chunkId }) => chunkId === passages[0]?.chunkId);
      expect(passages[0]?.score).toBe(same?.score);
    }
  });
});

describe('search with vectors', () => {
  it('is refused by the name of the setting where no embedder is configured', async () => {
    const tenant = await world.addTenant();
    await expect(world.search(tenant, 'owl', { mode: 'vector' })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('EMBEDDING_PROVIDER'),
    });
  });

  it('falls back to words, and says so, where no embedder is configured', async () => {
    const tenant = await world.addTenant();
    await world.ingestAll(tenant, ANIMALS);
    const { mode, passages } = await world.search(tenant, 'owl', { mode: 'hybrid' });
    expect(mode).toBe('lexical');
    expect(passages).toHaveLength(1);
  });

  it('ranks by nearness of the vectors', async () => {
    const tenant = await embedding.addTenant();
    await embedding.ingestAll(tenant, ANIMALS);
    const { mode, passages } = await embedding.search(tenant, ANIMALS['whale.txt'], {
      mode: 'vector',
    });
    expect(mode).toBe('vector');
    expect(passages[0]).toMatchObject({ documentTitle: 'whale.txt' });
    expect(passages[0]?.score).toBeCloseTo(1, 5);
    expect(passages).toHaveLength(3);
  });

  it('fuses both rankings unless it is told otherwise', async () => {
    const tenant = await embedding.addTenant();
    await embedding.ingestAll(tenant, ANIMALS);
    const { mode, passages } = await embedding.search(tenant, 'the owl hunts at night');
    expect(mode).toBe('hybrid');
    expect(passages[0]).toMatchObject({ documentTitle: 'owl.txt' });
    expect(passages[0]?.score).toBeCloseTo(2 / 61, 10);
    expect((await embedding.search(tenant, 'owl', { mode: 'lexical' })).mode).toBe('lexical');
  });

  it('compares no vectors of two models: chunks of the other are found by their words', async () => {
    const tenant = await embedding.addTenant();
    await embedding.ingestAll(tenant, ANIMALS);
    const other = await createKnowledgeWorld({
      database: test.database,
      embedder: createWordEmbedder('another model'),
    });
    for (const mode of ['vector', 'hybrid'] as const) {
      const found = await other.search(tenant, 'owl', { mode });
      expect(found.mode).toBe('hybrid');
      expect(found.passages.map(({ documentTitle }) => documentTitle)).toEqual(['owl.txt']);
    }
    expect((await other.search(tenant, 'zebra', { mode: 'vector' })).passages).toEqual([]);
    await other.close();
  });

  it('goes on by words alone while the provider of vectors is down', async () => {
    const tenant = await embedding.addTenant();
    await embedding.ingestAll(tenant, ANIMALS);
    const down = await createKnowledgeWorld({
      database: test.database,
      embedder: { ...createWordEmbedder(), embed: failWith(new AppError('external', 'down')) },
    });
    expect(await down.search(tenant, 'owl')).toMatchObject({ mode: 'lexical' });
    await expect(down.search(tenant, 'owl', { mode: 'vector' })).rejects.toMatchObject({
      kind: 'external',
    });
    const broken = await createKnowledgeWorld({
      database: test.database,
      embedder: { ...createWordEmbedder(), embed: failWith(new TypeError('a bug')) },
    });
    await expect(broken.search(tenant, 'owl')).rejects.toThrow('a bug');
    await Promise.all([down.close(), broken.close()]);
  });
});

function failWith(error: Error) {
  return async () => {
    throw error;
  };
}

/** The formula over the rows of the tables, written down a second time. */
async function bm25(
  tenant: TestTenant,
  chunkId: string,
  terms: readonly string[],
): Promise<number> {
  const postings = await test.database
    .forTeam(tenant.id)
    .selectFrom('chunk_terms')
    .select(['term', 'chunk_id as chunkId', 'tf', 'dl'])
    .where('project_id', '=', tenant.projectId)
    .execute();
  const lengths = new Map(postings.map((posting) => [posting.chunkId, posting.dl]));
  const total = lengths.size;
  const meanLength = [...lengths.values()].reduce((sum, dl) => sum + dl, 0) / total;
  const scores = terms.map((term) => {
    const holding = postings.filter((posting) => posting.term === term);
    const own = holding.find((posting) => posting.chunkId === chunkId);
    if (!own) return 0;
    const idf = Math.log(1 + (total - holding.length + 0.5) / (holding.length + 0.5));
    return (idf * own.tf * 2.2) / (own.tf + 1.2 * (0.25 + (0.75 * own.dl) / meanLength));
  });
  return scores.reduce((sum, score) => sum + score, 0);
}
