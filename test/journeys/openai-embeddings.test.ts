import { encode } from 'gpt-tokenizer/encoding/cl100k_base';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '#test/model-server';
import { newcomer } from '#test/openai-client';
import { startTestService, type TestService } from '#test/service';

let model: ModelServer;
let test: TestService;
let openai: OpenAI;

beforeAll(async () => {
  model = await startModelServer();
  model.mock.onModerate('violence', {
    flagged: true,
    categories: { violence: true },
    category_scores: { violence: 0.9 },
  });
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'sk-upstream',
    EMBEDDING_PROVIDER: 'builtin',
  });
  ({ openai } = await newcomer(test.baseUrl));
});
afterAll(async () => {
  await test.close();
  await model.close();
});

describe('vectors', () => {
  it('come as numbers or packed, one a text', async () => {
    const embeddingModel = 'builtin-hashed';
    const input = ['a heron', 'a crane'];
    const packed = await openai.embeddings.create({ model: embeddingModel, input });
    const plain = await openai.embeddings.create({
      model: embeddingModel,
      input,
      encoding_format: 'float',
    });
    expect(packed.data.map(({ index }) => index)).toEqual([0, 1]);
    for (const [index, { embedding }] of plain.data.entries()) {
      expect(packed.data[index]?.embedding).toEqual([...new Float32Array(embedding)]);
    }
    expect(plain.usage.prompt_tokens).toBeGreaterThan(0);
  });

  it('are those of a text where its tokens come instead, as LangChain sends them', async () => {
    const ask = async (input: string | number[] | number[][]) => {
      const { data } = await openai.embeddings.create({ model: 'builtin-hashed', input });
      return data.map(({ embedding }) => embedding);
    };
    const heron = encode('a heron');
    const expected = await ask('a heron');
    expect(await ask(heron)).toEqual(expected);
    expect(await ask([heron, heron])).toEqual([...expected, ...expected]);
  });

  it.each([
    [404, { model: 'text-of-nobody', input: 'a' }],
    [400, { model: 'builtin-hashed', input: [[999_999]] }],
    [400, { model: 'builtin-hashed', input: [[-1]] }],
    [400, { model: 'builtin-hashed', input: [] }],
    [400, { model: 'builtin-hashed', input: 'a', dimensions: 7 }],
  ])('are refused with %i for %j', async (status, body) => {
    await expect(openai.embeddings.create(body)).rejects.toMatchObject({ status });
  });
});

it('hands texts to the moderation of the provider', async () => {
  const { results } = await openai.moderations.create({ input: 'violence' });
  expect(results).toMatchObject([
    { flagged: true, categories: { violence: true }, category_scores: { violence: 0.9 } },
  ]);
});

it('names the setting where no model makes vectors', async () => {
  const bare = await startTestService();
  const person = await newcomer(bare.baseUrl);
  const asked = person.openai.embeddings.create({ model: 'builtin-hashed', input: 'a heron' });
  await expect(asked).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining('EMBEDDING_PROVIDER'),
  });
  await bare.close();
});
