import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld } from '#test/knowledge';
import { readCollection, type Collection } from './read-collection.ts';

let test: TestDatabase;
let world: KnowledgeWorld;
beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database, chunkTokens: 512 });
});
afterAll(async () => {
  await world.close();
  await test.close();
});

const NEVER = new AbortController().signal;

async function evaluate(collection: Collection, signal = NEVER) {
  const tenant = await world.addTenant();
  const { id: teamId, projectId, actor } = tenant;
  const steps: string[] = [];
  const onProgress = (step: string, done: number, of: number) =>
    void steps.push(`${step} ${done}/${of}`);
  const project = { teamId, projectId, ownerId: actor.userId };
  const input = { ...project, collection, mode: undefined, onProgress };
  const report = await world.knowledge.evaluation.evaluate(input, signal);
  return { report, steps, tenant };
}

it('finds the answers of the example collection, in each of its languages', async () => {
  const collection = await readCollection('examples/retrieval', 'test');
  const { report } = await evaluate(collection);
  expect(report).toMatchObject({ mode: 'lexical', texts: 40, questions: 36 });
  expect(report.metrics['ndcg@10']).toBeGreaterThan(0.97);
  expect(report.metrics['recall@100']).toBeGreaterThan(0.97);
  expect(report.metrics.mrr).toBeGreaterThan(0.97);
});

it('counts a document once, at its best passage, and what is not found as nothing', async () => {
  const long = Array.from({ length: 300 }, (_, index) => `The owl number ${index} is asleep.`);
  const collection = {
    texts: [
      { id: 'owls', title: 'Owls', text: long.join('\n\n') },
      { id: 'title only', title: 'A heron', text: '' },
      { id: 'fox', title: '', text: 'The fox saw one owl.' },
    ],
    questions: [
      { id: '1', text: 'owl' },
      { id: '2', text: 'heron' },
      { id: '3', text: 'pelican' },
    ],
    judgements: new Map([
      ['1', new Map([['fox', 1]])],
      ['2', new Map([['title only', 1]])],
      ['3', new Map([['fox', 1]])],
    ]),
  };
  const { report, steps, tenant } = await evaluate(collection);
  expect(report.metrics.mrr).toBeCloseTo((1 / 2 + 1) / 3, 10);
  expect(steps.join(', ')).toBe(
    'texts 1/3, texts 2/3, texts 3/3, questions 1/3, questions 2/3, questions 3/3',
  );

  await world.knowledge.eraseProject({ id: tenant.projectId, teamId: tenant.id });
  expect(await world.count(tenant)).toMatchObject({ documents: 0, chunks: 0, postings: 0 });
});

it('stops when it is told to', async () => {
  const collection = await readCollection('examples/retrieval', 'test');
  await expect(evaluate(collection, AbortSignal.abort())).rejects.toThrow('abort');
});
