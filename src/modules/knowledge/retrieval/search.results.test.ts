import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld } from '#test/knowledge';
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

describe('what is shown of what was found', () => {
  it('leaves out copies of what it shows', async () => {
    const tenant = await world.addTenant();
    const text = 'The owl sleeps in the old oak at the edge of the forest until the evening comes.';
    await world.ingestAll(tenant, {
      'one.txt': text,
      'two.txt': `${text}!`,
      'three.txt': 'An owl hunts at night.',
    });
    const { passages } = await world.search(tenant, 'owl');
    expect(passages).toHaveLength(2);
    expect(new Set(passages.map(({ documentId }) => documentId)).size).toBe(2);
  });

  it('joins the neighbours of a passage, with offsets into the text of the document', async () => {
    const tenant = await world.addTenant();
    const sentences = Array.from(
      { length: 40 },
      (_, index) =>
        `Sentence ${index} tells of thing${index} and of nothing else that matters here.`,
    );
    const whole = sentences.join('\n\n');
    await world.ingestAll(tenant, { 'long.txt': whole });
    const [alone] = (await world.search(tenant, 'thing20', { topK: 1 })).passages;
    const [wide] = (await world.search(tenant, 'thing20', { topK: 1, neighbours: 1 })).passages;
    expect(wide?.chunkId).toBe(alone?.chunkId);
    expect(wide?.content.length).toBeGreaterThan((alone?.content.length ?? 0) * 2);
    expect(wide?.content).toBe(whole.slice(wide?.startOffset, wide?.endOffset));
    await world.setRetrieval(tenant, { neighbours: 1, topK: 2 });
    const { passages } = await world.search(tenant, 'thing20 nothing');
    expect(passages[0]?.content).toBe(wide?.content);
    expect(passages.length).toBeLessThanOrEqual(2);
  });

  it('keeps neighbours within their section', async () => {
    const tenant = await world.addTenant();
    const section = (word: string) => `# ${word}\n\n${numberedSentences(word, 3)}\n\n`;
    await world.ingestAll(tenant, {
      'parts.md': section('owl') + section('fox') + section('bee'),
    });
    const { passages } = await world.search(tenant, 'fox', { topK: 1, neighbours: 3 });
    expect(passages[0]?.content).not.toContain('owl');
    expect(passages[0]?.content).not.toContain('bee');
  });

  it('follows the settings of the project where a search says nothing', async () => {
    const tenant = await embedding.addTenant();
    await embedding.ingestAll(tenant, ANIMALS);
    await world.setRetrieval(tenant, { mode: 'lexical', topK: 1 });
    const { mode, passages } = await embedding.search(tenant, 'forest');
    expect(mode).toBe('lexical');
    expect(passages).toHaveLength(1);
    const asked = await embedding.search(tenant, 'forest', { mode: 'hybrid', topK: 3 });
    expect(asked.mode).toBe('hybrid');
    expect(asked.passages).toHaveLength(3);
    await world.setRetrieval(tenant, { vectorWeight: 0 });
    const weighted = await embedding.search(tenant, 'the owl hunts at night');
    expect(weighted.passages[0]?.score).toBeCloseTo(1 / 61, 10);
  });

  it('is refused by the name of the setting where a project wants a reranker and none is set up', async () => {
    const tenant = await world.addTenant();
    await world.setRetrieval(tenant, { reranking: 'model' });
    await expect(world.search(tenant, 'forest')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('RERANKER_BASE_URL'),
      options: { reason: 'reranker.not_configured' },
    });
  });

  it('asks the reranker for the order, and goes on without it while it is down', async () => {
    const tenant = await world.addTenant();
    await world.ingestAll(tenant, ANIMALS);
    const reranker = {
      name: 'shortest last',
      rerank: async (_query: string, texts: readonly string[]) => texts.map((text) => text.length),
    };
    const reranking = await createKnowledgeWorld({ database: test.database, reranker });
    const plain = await world.search(tenant, 'forest');
    const ordered = await reranking.search(tenant, 'forest');
    expect(ordered.passages.map(({ documentTitle }) => documentTitle)).toEqual([
      'owl.txt',
      'fox.txt',
    ]);
    expect(ordered.passages.map(({ score }) => score)).toEqual(
      plain.passages.map(({ score }) => score),
    );
    const down = await createKnowledgeWorld({
      database: test.database,
      reranker: { ...reranker, rerank: failWith(new AppError('timeout', 'down')) },
    });
    expect(await down.search(tenant, 'forest')).toEqual(plain);
    await Promise.all([reranking.close(), down.close()]);
  });
});

function failWith(error: Error) {
  return async () => {
    throw error;
  };
}
