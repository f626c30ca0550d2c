import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChatter } from '#test/chatter';
import { startFaultProxy, type Fault, type FaultProxy } from '#test/fault-proxy';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

/** Its circuit is nobody else's, though tests may share a Redis. */
const ASKED = 'failing-kind';
const WHOLE_ANSWER = /^w0000 w0001 .* w0199 $/;
const HEDGE_AFTER_MS = 300;

const FAULTS: Readonly<Record<string, Fault>> = {
  refused: { kind: 'refuse', status: 401 },
  cut: { kind: 'stop', afterFrames: 6, how: 'cut' },
  mute: { kind: 'mute' },
};

let model: ModelServer;
let proxy: FaultProxy;
let test: TestService;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  proxy = await startFaultProxy(model.mock.url, ({ body }) => findFault(body));
});
afterAll(async () => {
  await proxy.close();
  await model.close();
});

const KINDS = [
  ['anthropic', 'claude-haiku-4-5', { ANTHROPIC_API_KEY: 'test' }],
  ['gemini', 'gemini-2.5-flash', { GEMINI_API_KEY: 'test' }],
] as const;

describe.each(KINDS)('an OpenAI endpoint that fails before %s', (provider, name, key) => {
  beforeAll(async () => {
    test = await startTestService({ ...settingsOf(`${provider}/${name}`), ...key });
  });
  afterAll(() => test.close());

  it('at once: the other kind answers unseen, and it alone is billed', async () => {
    const { told, text, answer, bill } = await ask('refused');
    expect(told.some(({ type }) => type === 'error')).toBe(false);
    expect(text).toMatch(WHOLE_ANSWER);
    expect(answer).toMatchObject({ status: 'complete', model: name });
    expect(bill).toMatchObject([{ model: name, provider }]);
  });

  it('in the middle: the other kind goes on from what was said, and both are billed', async () => {
    const { told, text, answer, bill } = await ask('cut', { on_interruption: 'continue' });
    expect(told.some(({ type }) => type === 'error')).toBe(false);
    expect(text).toMatch(WHOLE_ANSWER);
    expect(text.split(' ')).toHaveLength(201);
    expect(answer).toMatchObject({ status: 'complete', model: name });
    expect(bill.map((row) => row.model).toSorted()).toEqual([name, ASKED].toSorted());
  });
});

describe('a model that stays silent, where hedging is on', () => {
  beforeAll(async () => {
    const [provider, name, key] = KINDS[0];
    const hedging = { AI_HEDGE_AFTER_MS: String(HEDGE_AFTER_MS) };
    test = await startTestService({ ...settingsOf(`${provider}/${name}`), ...key, ...hedging });
  });
  afterAll(() => test.close());

  it('is outrun by the next one, given up, and not billed', async () => {
    const { text, answer, bill, calls } = await ask('mute');
    expect(text).toMatch(WHOLE_ANSWER);
    expect(answer).toMatchObject({ status: 'complete', model: 'claude-haiku-4-5' });
    expect(bill).toMatchObject([{ model: 'claude-haiku-4-5' }]);
    expect(calls).toHaveLength(1);
    await calls[0]?.abandoned;
  });
});

function settingsOf(fallback: string) {
  return {
    LLM_BASE_URL: proxy.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: ASKED,
    LLM_PRICE_PROMPT: '1',
    LLM_PRICE_COMPLETION: '2',
    ANTHROPIC_BASE_URL: model.mock.url,
    GEMINI_BASE_URL: model.mock.url,
    AI_DEFAULT_PROVIDER: 'openai',
    AI_FALLBACKS: fallback,
    AI_CIRCUIT_FAILURES: '1000',
  };
}

let asked = 0;

/** Asks as somebody new; what the message costs is what was billed. */
async function ask(fault: string, options: object = {}) {
  asked += 1;
  const mark = `[${asked}|${fault}]`;
  const asker = await createChatter(test);
  const result = await asker.ask(`Tell me much ${mark}`, options);
  const bill = await asker.bill();
  const cost = bill.reduce((sum, row) => sum + row.costMicros, 0);
  expect(Math.round(result.answer.usage.cost * 1e6)).toBe(cost);
  return { ...result, bill, calls: proxy.calls.filter(({ body }) => body.includes(mark)) };
}

function findFault(body: string): Fault | undefined {
  return FAULTS[/\[\d+\|(\w+)\]/.exec(body)?.[1] ?? ''];
}
