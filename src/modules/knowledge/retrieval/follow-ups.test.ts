import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryRewriting } from './choose-query.ts';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';

const COUNTRIES = ['France', 'Germany', 'Japan', 'Brazil'];
const TOPICS = {
  'parental leave': 'Parents of a newborn child may take parental leave for several months.',
  'notice period': 'Whoever ends a contract of employment keeps a notice period of some weeks.',
  'sick pay': 'An employee who falls ill receives sick pay from the first day of illness.',
  'travel expenses': 'Hotels and trains of a business trip are refunded as travel expenses.',
};
const DOCUMENTS = Object.fromEntries(
  COUNTRIES.flatMap((country) =>
    Object.entries(TOPICS).map(([topic, text]) => [
      `${country} ${topic}.txt`,
      `${text} This rule applies to our staff in ${country}.`,
    ]),
  ),
);

/** Questions of one conversation, and the document that answers the last of them. */
const LEANING: readonly (readonly [questions: readonly string[], answer: string])[] = [
  [['How long is parental leave in France?', 'And in Germany?'], 'Germany parental leave'],
  [['What is the notice period in Japan?', 'What about Brazil?'], 'Brazil notice period'],
  [['Who gets sick pay in Germany?', 'Japan?'], 'Japan sick pay'],
  [['Are travel expenses refunded in Brazil?', 'and for France'], 'France travel expenses'],
  [['How long is parental leave in Japan?', 'And sick pay?'], 'Japan sick pay'],
  [['What is the notice period in France?', 'and travel expenses?'], 'France travel expenses'],
  [['Who gets sick pay in Brazil?', 'And in France?', 'And in Japan?'], 'Japan sick pay'],
  [['Is a hotel in Germany refunded?', 'and in Brazil?'], 'Brazil travel expenses'],
];
const STANDING: typeof LEANING = [
  [
    [
      'Who gets sick pay in Brazil?',
      'How many months of parental leave do parents in France have?',
    ],
    'France parental leave',
  ],
  [
    [
      'How long is parental leave in Japan?',
      'Which notice period does a contract in Germany keep?',
    ],
    'Germany notice period',
  ],
];

let test: TestDatabase;
let world: KnowledgeWorld;
let tenant: TestTenant;
beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database });
  tenant = await world.addTenant();
  await world.ingestAll(tenant, DOCUMENTS);
});
afterAll(async () => {
  await world.close();
  await test.close();
});

/** How many conversations have the answer to their last question first. */
async function countFound(
  conversations: typeof LEANING,
  queryRewriting: QueryRewriting | undefined,
): Promise<number> {
  await world.setRetrieval(tenant, { queryRewriting });
  let found = 0;
  for (const [questions, answer] of conversations) {
    const followUp = { earlier: questions.slice(0, -1) };
    const { passages } = await world.search(tenant, questions.at(-1) ?? '', { followUp });
    if (passages[0]?.documentTitle === `${answer}.txt`) found += 1;
  }
  return found;
}

describe('a follow-up question without a model', () => {
  it('finds by the questions before it what it does not find alone', async () => {
    expect(await countFound(LEANING, 'none')).toBeLessThanOrEqual(3);
    expect(await countFound(LEANING, undefined)).toBe(LEANING.length);
  });

  it('is searched for as it is where it stands alone', async () => {
    expect(await countFound(STANDING, undefined)).toBe(STANDING.length);
    const [[questions] = [[]]] = STANDING;
    const query = questions.at(-1) ?? '';
    const followUp = { earlier: questions.slice(0, -1) };
    expect(await world.search(tenant, query, { followUp })).toEqual(
      await world.search(tenant, query),
    );
  });
});

describe('a follow-up question with a model', () => {
  const earlier = ['How long is parental leave in France?'];
  const rewrite = async () => 'parental leave in Germany';

  it('is searched for as the model puts it, and the result says how', async () => {
    await world.setRetrieval(tenant, {});
    const found = await world.search(tenant, 'And there?', { followUp: { earlier, rewrite } });
    expect(found.query).toBe('parental leave in Germany');
    expect(found.passages[0]?.documentTitle).toBe('Germany parental leave.txt');
  });

  it('is searched for as it was asked where the model has nothing, and where the project says so', async () => {
    const silent = { earlier, rewrite: async () => undefined };
    expect(await world.search(tenant, 'And in Japan?', { followUp: silent })).toMatchObject({
      query: 'And in Japan?',
    });
    await world.setRetrieval(tenant, { queryRewriting: 'none' });
    const followUp = { earlier, rewrite: neverAsked };
    expect(await world.search(tenant, 'And in Japan?', { followUp })).toMatchObject({
      query: 'And in Japan?',
    });
  });

  it('does without the model where the project says so, and at the beginning of a conversation', async () => {
    await world.setRetrieval(tenant, { queryRewriting: 'words' });
    const byWords = await world.search(tenant, 'And in Japan?', {
      followUp: { earlier, rewrite: neverAsked },
    });
    expect(byWords.passages[0]?.documentTitle).toBe('Japan parental leave.txt');
    await world.setRetrieval(tenant, {});
    const first = { earlier: [], rewrite: neverAsked };
    expect((await world.search(tenant, 'Japan', { followUp: first })).query).toBe('Japan');
  });
});

async function neverAsked(): Promise<string> {
  throw new Error('asked');
}
