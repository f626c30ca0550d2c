import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, type Client, type Json } from '#test/client';
import { startFaultProxy, type Fault, type FaultProxy } from '#test/fault-proxy';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

/** Its circuit is nobody else's, though tests may share a Redis. */
const ASKED = 'often-failing-model';
const FALLBACK = 'gpt-4.1-mini';
const MICROS = 1_000_000;
const QUESTIONS = 40;

const FAULTS: readonly (Fault | undefined)[] = [
  undefined,
  { kind: 'refuse', status: 500 },
  { kind: 'stop', afterFrames: 6, how: 'cut' },
  { kind: 'stop', afterFrames: 9, how: 'cut' },
];

let model: ModelServer;
let proxy: FaultProxy;
let test: TestService;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  proxy = await startFaultProxy(model.mock.url, ({ body }) => {
    const [, question] = /\[question (\d+)\]/.exec(body) ?? [];
    return JSON.parse(body).model === ASKED ? FAULTS[Number(question) % FAULTS.length] : undefined;
  });
  test = await startTestService({
    LLM_BASE_URL: proxy.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: ASKED,
    LLM_PRICE_PROMPT: '1',
    LLM_PRICE_COMPLETION: '2',
    LLM_RETRIES: '1',
    AI_FALLBACKS: `openai/${FALLBACK}`,
    AI_CIRCUIT_FAILURES: '1000',
  });
});
afterAll(async () => {
  await test.close();
  await proxy.close();
  await model.close();
});

describe('answers at once of a model that fails in every way, and of its fallback', () => {
  it('cost what their messages say, in the ledger and on the limit, to the micro-unit', async () => {
    const { client } = await signUp(test.baseUrl);
    const limit = { scope: 'team', window: 'month', unit: 'cost', amount: 1000 };
    const { body: created } = await client.post('/spend-limits', limit);
    const answers = await Promise.all(
      Array.from({ length: QUESTIONS }, (_, number) => ask(client, number)),
    );
    expect(answers.filter(({ status }) => status === 'complete').length).toBe(35);
    expect(answers.filter(({ status }) => status === 'incomplete').length).toBe(5);
    expect(new Set(answers.map((answer) => answer.model))).toEqual(new Set([ASKED, FALLBACK]));

    const billed = answers.reduce((sum, { usage }) => sum + Math.round(usage.cost * MICROS), 0);
    const { body: ledger } = await client.get('/usage/summary?group_by=model');
    expect(Math.round(ledger.total.cost * MICROS)).toBe(billed);
    const parts = ledger.items.map((item: Json) => [item.key, item.provider, item.calls]);
    // Ten are whole, ten refused, and twenty broke off, of which fifteen were to be continued.
    expect(parts.toSorted()).toEqual([
      [FALLBACK, 'openai', 25],
      [ASKED, 'openai', 30],
    ]);
    const { body: state } = await client.get(`/spend-limits/${created.id}`);
    expect(state.reserved).toBe(0);
    expect(Math.round(state.used * MICROS)).toBe(billed);
  });
});

/** Every fourth answer that breaks off is not to be continued. */
async function ask(client: Client, number: number): Promise<Json> {
  const isContinued = number % 8 !== 2;
  const { events } = await client.stream('/chat/stream', {
    message: `Tell me much [question ${number}]`,
    ...(isContinued && { on_interruption: 'continue' }),
  });
  const told: Json[] = [];
  for await (const { data } of events) told.push(data);
  const { body } = await client.get(`/chat/sessions/${told[0].session_id}/messages`);
  return body.items.at(-1);
}
