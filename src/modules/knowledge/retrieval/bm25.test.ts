import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { createProse } from '#test/prose';
import { createTermExtractor } from '../terms/term-extractor.ts';
import type { PassageCount } from './passage-counts.ts';
import type { RetrievalFilter } from './retrieval-filter.ts';
import { createRetrievalRepository } from './retrieval.repository.ts';

const WORDS_A_DOCUMENT = 6000;
const QUESTIONS = 40;
/** Words that most passages have, and no others. */
const COMMON = 'ba den fir gol hes. '.repeat(50);
/** As few as let common terms be left for later in a project of some hundred passages. */
const LIMIT = 5;

let test: TestDatabase;
let world: KnowledgeWorld;
let tenant: TestTenant;
let documents: Awaited<ReturnType<KnowledgeWorld['ingestAll']>>;
const write = createProse({ vocabulary: 2000 });
const extractTerms = createTermExtractor({ detectsLanguage: false });

beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database });
  tenant = await world.addTenant();
  const texts = { 'a.txt': prose(), 'b.txt': prose(), 'common.txt': COMMON, 'gone.txt': prose() };
  documents = await world.ingestAll(tenant, texts);
  const deleted = documents.at(-1);
  const { projectId } = tenant;
  if (deleted) await world.knowledge.documents.remove(tenant.actor, { projectId, id: deleted.id });
}, 120_000);
afterAll(async () => {
  await world.close();
  await test.close();
});

const living = () => documents.slice(0, -1).map(({ id }) => id);

function prose(): string {
  const sentences = Array.from({ length: WORDS_A_DOCUMENT / 10 }, () => `${write(10)}.`);
  return sentences.join(' ');
}

describe('BM25 that reads rare terms first', () => {
  it('gives what reading all postings gives, with the same scores', async () => {
    const postings = await readPostings(living());
    expect(new Set(postings.map(({ chunkId }) => chunkId)).size).toBeGreaterThan(300);
    for (const question of questions()) {
      const { counts } = extractTerms(question);
      const expected = bm25(postings, counts);
      expect(await rank(counts)).toEqual(expected.slice(0, LIMIT));
    }
  });

  it('gives the same within a filter, whose scores count the others too', async () => {
    const postings = await readPostings(living());
    for (const id of living().slice(1)) {
      const own = new Set((await readPostings([id])).map(({ chunkId }) => chunkId));
      for (const question of questions()) {
        const { counts } = extractTerms(question);
        const expected = bm25(postings, counts).filter(({ chunkId }) => own.has(chunkId));
        expect(await rank(counts, { documentIds: [id] })).toEqual(expected.slice(0, LIMIT));
      }
    }
  });

  it('takes what was counted before, until a document comes or goes', async () => {
    const { counts } = extractTerms('ba den fir gol hes');
    const counting = await search(counts);
    const sum = (counted: ReadonlyMap<string, PassageCount>) =>
      [...counted.values()].reduce((total, { passages }) => total + passages, 0);
    const changed = (by: Partial<PassageCount>) =>
      [...counts.keys()].map((term) => {
        const count = counting.counted.get(term);
        return count && { ...count, passages: count.passages - 1, ...by };
      });
    const told = await search(counts, changed({}));
    expect(sum(told.counted)).toBe(sum(counting.counted) - counts.size);
    const outdated = await search(counts, changed({ revision: 1 }));
    expect(outdated).toEqual(counting);
    const asCounted = await search(
      counts,
      [...counts.keys()].map((term) => counting.counted.get(term)),
    );
    expect(asCounted).toEqual(counting);
    await world.ingestAll(tenant, { 'more.txt': `${COMMON} More.` });
    const after = await search(counts, changed({}));
    expect(sum(after.counted)).toBeGreaterThan(sum(counting.counted));
  });
});

/** Some of common words alone, and most of common and rare ones. */
function questions(): readonly string[] {
  return [...Array.from({ length: QUESTIONS }, () => write(8)), 'ba den', 'ba den fir gol hes'];
}

async function rank(counts: ReadonlyMap<string, number>, filter: RetrievalFilter = {}) {
  const { chunks } = await search(counts, [], filter);
  return chunks.map(rounded);
}

function search(
  counts: ReadonlyMap<string, number>,
  counted: readonly (PassageCount | undefined)[] = [],
  filter: RetrievalFilter = {},
) {
  return createRetrievalRepository(test.database.forTeam(tenant.id)).rankByTerms({
    projectId: tenant.projectId,
    terms: [...counts.keys()],
    frequencies: [...counts.values()],
    counted,
    filter,
    limit: LIMIT,
  });
}

type Posting = Awaited<ReturnType<typeof readPostings>>[number];

async function readPostings(documentIds: readonly string[]) {
  return test.database
    .forTeam(tenant.id)
    .selectFrom('chunk_terms')
    .innerJoin('chunks', 'chunks.id', 'chunk_terms.chunk_id')
    .select(['term', 'chunk_id as chunkId', 'tf', 'dl'])
    .where('chunks.document_id', 'in', documentIds)
    .execute();
}

/** The formula once more, over everything. */
function bm25(postings: readonly Posting[], counts: ReadonlyMap<string, number>) {
  const lengths = new Map(postings.map(({ chunkId, dl }) => [chunkId, dl]));
  const total = lengths.size;
  const meanLength = [...lengths.values()].reduce((sum, length) => sum + length, 0) / total;
  const scores = new Map<string, number>();
  for (const [term, count] of counts) {
    const holding = postings.filter((posting) => posting.term === term);
    const rarity = Math.log(1 + (total - holding.length + 0.5) / (holding.length + 0.5));
    for (const { chunkId, tf, dl } of holding) {
      const saturated = (tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * dl) / meanLength));
      scores.set(chunkId, (scores.get(chunkId) ?? 0) + count * rarity * saturated);
    }
  }
  return [...scores]
    .map(([chunkId, score]) => rounded({ chunkId, score }))
    .toSorted((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}

function rounded({ chunkId, score }: { readonly chunkId: string; readonly score: number }) {
  return { chunkId, score: Number(score.toFixed(8)) };
}
