import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll, readSome } from '../../src/modules/chat/testing/read-chat.ts';
import { createClient, signUp, type Client, type Json } from '#test/client';
import {
  ANSWERS_AT_A_TIME,
  COST_OF_AN_ANSWER,
  QUESTIONS_A_MINUTE,
  startPricedModel,
  type PricedModel,
} from '#test/priced-model';

const asking = { messages: [{ role: 'user', content: 'Tell me much' }] };

let priced: PricedModel;

beforeAll(async () => {
  priced = await startPricedModel();
});
afterAll(() => priced.close());
beforeEach(() => priced.wire.reset());

describe('what a team may spend', () => {
  const limitOf = async (client: Client, amount: number) =>
    (await client.post('/spend-limits', { scope: 'team', window: 'day', unit: 'cost', amount }))
      .body;

  it('is 402 beforehand, as one answer and as a stream, and says which limit and until when', async () => {
    const { client } = await signUp(priced.test.baseUrl);
    const { id } = await limitOf(client, 0.1);
    for (const stream of [false, true]) {
      const refused = await client.post('/ai/chat', { ...asking, stream });
      expect(refused.status).toBe(402);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.headers.get('ratelimit')).toBeTruthy();
      expect(refused.body).toMatchObject({
        code: 'QUOTA_EXCEEDED',
        reason: 'spend.limit_reached',
        details: {
          limit_id: id,
          scope: 'team',
          window: 'day',
          amount: 0.1,
          used: 0,
          needed: COST_OF_AN_ANSWER,
          resets_at: expect.stringMatching(/T00:00:00.000Z$/),
        },
      });
    }
    expect(priced.wire.calls).toEqual([]);
    // A shorter answer has room.
    const short = { ...asking, max_tokens: 50 };
    expect((await client.post('/ai/completions', { prompt: 'x', max_tokens: 101 })).status).toBe(
      402,
    );
    const { events } = await client.stream('/ai/chat', { ...short, stream: true });
    // The model says more than it was asked for, and is stopped where the limit is.
    const told: readonly Json[] = (await readAll(events)).map(({ data }) => data);
    expect(told.filter(({ type }) => type === 'token').length).toBeGreaterThan(10);
    expect(told.at(-2)).toMatchObject({
      type: 'error',
      code: 'QUOTA_EXCEEDED',
      reason: 'spend.limit_reached',
      details: { limit_id: id, resets_at: expect.any(String) },
    });
    expect(told.some(({ type }) => type === 'usage')).toBe(false);
    const { body } = await client.get(`/spend-limits/${id}`);
    expect(body.reserved).toBe(0);
    expect(body.used).toBeGreaterThan(0);
  });

  it('is so many answers at a time, by tier', async () => {
    const { client } = await signUp(priced.test.baseUrl);
    priced.wire.holdAfter(3);
    const open = await Promise.all(
      [1, 2].map(async () => {
        const { events } = await client.stream('/ai/chat', { ...asking, stream: true });
        await readSome(events, 1);
        return events;
      }),
    );
    for (const stream of [false, true]) {
      const refused = await client.post('/ai/chat', { ...asking, stream });
      expect([refused.status, refused.body.reason]).toEqual([429, 'streams.too_many']);
      expect(refused.body.details).toEqual({
        limit: ANSWERS_AT_A_TIME,
        in_progress: ANSWERS_AT_A_TIME,
      });
    }
    priced.wire.release();
    await Promise.all(open.map((events) => readAll(events)));
    expect((await client.post('/ai/chat', asking)).status).toBe(200);
  });

  it('is so many questions a minute, counted by team', async () => {
    const { client } = await signUp(priced.test.baseUrl);
    const scopes = ['read', 'write'];
    const { key } = (await client.post('/api-keys', { name: 'Key', scopes })).body;
    const program = createClient(priced.test.baseUrl, { 'x-api-key': key });
    const ask = (number: number) =>
      (number % 2 ? client : program).post('/ai/completions', { prompt: 'x', model: 'nobody' });
    const answers = await Promise.all(
      Array.from({ length: QUESTIONS_A_MINUTE + 4 }, (_, number) => ask(number)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(4);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
