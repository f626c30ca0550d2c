import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChatter, type Chatter } from '#test/chatter';
import type { Answer, Json } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { startTestService, type TestService } from '#test/service';

const KEY_CANARY = 'sk-canary-of-the-provider-key-5520';
const BODY_CANARY = 'CANARY-what-the-endpoint-wrote-7731';
/** Long enough for two waits of a second that an endpoint asks for. */
const TIMEOUT_MS = 4000;
const USAGE = { prompt_tokens: 40, completion_tokens: 200 };
/** 40 and 200 tokens at 0.15 and 0.60 dollars a million, in euros at 0.9. */
const COST_MICROS = Math.round((40 * 0.15 + 200 * 0.6) * 0.9);

type Problem = { readonly status: number; readonly code: string; readonly reason: string };

let model: ModelServer;
let wire: ModelWire;
let test: TestService;
let chatter: Chatter;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  test = await startTestService({
    LLM_BASE_URL: wire.baseUrl,
    LLM_API_KEY: KEY_CANARY,
    LLM_MODEL: 'gpt-4o-mini',
    LLM_TIMEOUT_MS: String(TIMEOUT_MS),
    STREAM_IDLE_SECONDS: '2',
    LOG_LEVEL: 'debug',
  });
  chatter = await createChatter(test);
});
afterAll(async () => {
  await test.close();
  await wire.close();
  await model.close();
});
beforeEach(() => wire.reset());

describe('an answer of the endpoint', () => {
  it('reaches the client token by token, while the rest is still to be sent', async () => {
    wire.holdAfter(3);
    const { events } = await chatter.client.stream('/chat/stream', { message: 'Tell me much' });
    const sentByFirstToken: (readonly string[])[] = [];
    let text = '';
    for await (const { data } of events) {
      if (data.type !== 'token') continue;
      if (text === '') sentByFirstToken.push([...wire.passed]);
      text += data.content;
      wire.release();
    }
    expect(sentByFirstToken).toHaveLength(1);
    expect(sentByFirstToken.flat().length).toBeLessThanOrEqual(3);
    expect(sentByFirstToken.flat().join('')).not.toContain('[DONE]');
    expect(wire.passed.at(-1)).toContain('[DONE]');
    expect(text).toMatch(/^w0000 w0001 .* w0199 $/);
  });

  it('leaves its usage and cost on the message, in the stream and in the usage records', async () => {
    const { told, answer, usage } = await ask('How much is that?');
    expect(told.find(({ type }) => type === 'usage')).toMatchObject({
      ...USAGE,
      cost: COST_MICROS / 1e6,
      model: 'gpt-4o-mini',
      finish_reason: 'stop',
    });
    expect(answer).toMatchObject({
      status: 'complete',
      usage: { ...USAGE, cost: COST_MICROS / 1e6 },
      usage_estimated: false,
      model: 'gpt-4o-mini',
      finish_reason: 'stop',
    });
    expect(answer.latency_ms).toBeGreaterThanOrEqual(0);
    expect(usage).toEqual([
      { metric: 'ai_requests', amount: 1, costMicros: 0 },
      { metric: 'ai_tokens', amount: 240, costMicros: COST_MICROS },
    ]);
    expect(wire.calls).toHaveLength(1);
    expect(wire.calls[0]?.headers.authorization).toBe(`Bearer ${KEY_CANARY}`);
  });

  it('is put together from frames that arrive in pieces', async () => {
    wire.bend((frame) => [frame.slice(0, 9), frame.slice(9, 31), frame.slice(31)]);
    const { text, answer } = await ask('In pieces, please');
    expect(text).toMatch(/^w0000 w0001 .* w0199 $/);
    expect(answer).toMatchObject({ status: 'complete', usage: USAGE });
  });

  it('without usage is metered by an estimate that says so', async () => {
    wire.bend((frame) => frame.replace('"usage":{', '"not_usage":{'));
    const { answer, usage } = await ask('No figures?');
    expect(answer).toMatchObject({ status: 'complete', usage_estimated: true });
    const { prompt_tokens: prompt, completion_tokens: completion } = answer.usage;
    expect(completion).toBeGreaterThan(100);
    expect(usage).toContainEqual(
      expect.objectContaining({ metric: 'ai_tokens', amount: prompt + completion }),
    );
    expect(usage).toHaveLength(2);
  });
});

describe('an endpoint that refuses', () => {
  const refusals: readonly [string, number, Json, number][] = [
    ['429 with Retry-After', 429, { retryAfter: 1 }, 3],
    ['429 that asks for an hour', 429, { retryAfter: 3600 }, 1],
    ['500', 500, {}, 3],
    ['401', 401, {}, 1],
  ];

  it.each(refusals)(
    'with %s is asked in vain, and nothing is charged',
    async (_what, status, more, attempts) => {
      const endpoint = { error: { message: `${BODY_CANARY} for ${KEY_CANARY}` }, status, ...more };
      model.mock.prependFixture({ match: { userMessage: /refuse me/ }, response: endpoint });

      const { told, answer, usage } = await ask('refuse me');
      expect(wire.calls).toHaveLength(attempts);
      expect(told.at(-2)).toMatchObject({ type: 'error', code: 'EXTERNAL_SERVICE_ERROR' });
      expect(told.at(-1)).toBe('[DONE]');
      expect(answer).toMatchObject({
        status: 'incomplete',
        content: '',
        finish_reason: 'error',
        usage: { prompt_tokens: 0, completion_tokens: 0, cost: 0 },
      });
      expect(answer.error).toEqual(expect.any(String));
      expect(usage).toEqual([]);
      expectNoCanary(told, answer);
    },
  );

  it('is asked again no sooner than it wishes', async () => {
    const response = { error: { message: BODY_CANARY }, status: 429, retryAfter: 1 };
    const match = { userMessage: /not so soon/, sequenceIndex: 0 };
    model.mock.prependFixture({ match, response });
    await ask('not so soon');
    const [first, second] = wire.calls;
    expect(wire.calls).toHaveLength(2);
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('is 502 with a problem document where the whole answer was asked for', async () => {
    const response = { error: { message: BODY_CANARY }, status: 503 };
    model.mock.prependFixture({ match: { userMessage: /refuse the whole/ }, response });
    const whole = await chatter.client.post('/chat', { message: 'refuse the whole' });
    expectProblem(whole, {
      status: 502,
      code: 'EXTERNAL_SERVICE_ERROR',
      reason: 'upstream_failed',
    });
    expect(wire.calls).toHaveLength(3);
    expectNoCanary(whole.body);
  });

  it('and then answers is forgiven, with one answer and one charge', async () => {
    const response = { error: { message: BODY_CANARY }, status: 500 };
    const match = { userMessage: /only at first/, sequenceIndex: 0 };
    model.mock.prependFixture({ match, response });
    const { text, answer, usage } = await ask('refuse only at first');
    expect(wire.calls).toHaveLength(2);
    expect(text).toMatch(/^w0000 .* w0199 $/);
    expect(answer).toMatchObject({ status: 'complete', usage: USAGE });
    expect(usage).toHaveLength(2);
  });
});

describe('an answer that breaks', () => {
  it('by a cut after some tokens ends with an error, keeps what came, and is charged once', async () => {
    model.mock.prependFixture({
      match: { userMessage: /cut me/ },
      response: { content: 'one two three four five six seven eight', usage: USAGE },
      chunkSize: 4,
      latency: 20,
      truncateAfterChunks: 6,
    });
    const { told, text, answer, usage } = await ask('cut me');
    expectBroken(told, { code: 'EXTERNAL_SERVICE_ERROR', reason: 'upstream_cut' });
    expect(text).toMatch(/^one two/);
    expect(text).not.toContain('eight');
    expect(answer).toMatchObject({
      status: 'incomplete',
      content: text,
      usage_estimated: true,
    });
    expectChargedOnce(answer, usage);
    expect(wire.calls).toHaveLength(1);
  });

  it('by a malformed frame ends with an error that shows nothing of it', async () => {
    wire.bend((frame, number) => (number === 6 ? `data: {"${BODY_CANARY}": [\n\n` : frame));
    const { told, text, answer, usage } = await ask('Malformed, please');
    expectBroken(told, { code: 'EXTERNAL_SERVICE_ERROR', reason: 'upstream_error' });
    expect(text).toMatch(/^w0000 /);
    expect(answer).toMatchObject({ status: 'incomplete', content: text });
    expectChargedOnce(answer, usage);
    expect(wire.calls).toHaveLength(1);
    expectNoCanary(told, answer);
  });

  it.each([
    ['HTML with 200', (): string => `<html>${BODY_CANARY}</html>`],
    ['frames without choices only', (): string => `data: {"choices":[],"x":"${BODY_CANARY}"}\n\n`],
    ['a frame of another shape', (): string => `data: {"choices":"${BODY_CANARY}"}\n\n`],
  ])('because it is %s is no answer, and costs nothing', async (_what, change) => {
    wire.bend(change);
    const { told, answer, usage } = await ask('Something else');
    expectBroken(told, { code: 'EXTERNAL_SERVICE_ERROR', reason: 'upstream_error' });
    expect(answer).toMatchObject({ status: 'incomplete', content: '' });
    expect(usage).toEqual([]);
    expectNoCanary(told, answer);
  });

  it('in the text of its model cannot forge an event of the stream', async () => {
    const forged = 'x\n\ndata: [DONE]\n\nevent: usage\ndata: {"type":"usage"}\n\n';
    model.mock.prependFixture({ match: { userMessage: /forge/ }, response: { content: forged } });
    const { told, text, answer } = await ask('forge an event');
    expect(told.filter((event) => event === '[DONE]')).toHaveLength(1);
    expect(told.filter(({ type }) => type === 'usage')).toHaveLength(1);
    expect(text).toBe(forged);
    expect(answer.status).toBe('complete');
  });
});

describe('an endpoint that is silent', () => {
  it('before its headers is given up, and nothing is charged', async () => {
    wire.holdAfter(0);
    const { told, answer, usage } = await ask('Anybody there?');
    expectBroken(told, { code: 'TIMEOUT', reason: 'upstream_timeout' });
    expect(answer).toMatchObject({ status: 'incomplete', content: '' });
    expect(usage).toEqual([]);
    await wire.calls[0]?.abandoned;
    expect(wire.calls).toHaveLength(1);
  });

  it('in the middle of its answer is given up, with what came kept and charged once', async () => {
    wire.holdAfter(6);
    const { told, text, answer, usage } = await ask('Anybody still there?');
    expectBroken(told, { code: 'TIMEOUT', reason: 'upstream_timeout' });
    expect(text).toMatch(/^w0000 /);
    expect(answer).toMatchObject({ status: 'incomplete', content: text });
    expectChargedOnce(answer, usage);
    await wire.calls[0]?.abandoned;
    expect(wire.calls).toHaveLength(1);
  });

  it('is 504 where the whole answer was asked for', async () => {
    wire.holdAfter(0);
    const whole = await chatter.client.post('/chat', { message: 'Anybody?' });
    expectProblem(whole, { status: 504, code: 'TIMEOUT', reason: 'upstream_timeout' });
  });
});

/** Asks as somebody new, who has not been charged for anything. */
async function ask(message: string) {
  const asker = await createChatter(test);
  const asked = await asker.ask(message);
  expect(asked.response.status).toBe(200);
  const traceId = asked.response.headers.get('x-trace-id');
  expect(asked.answer).toMatchObject({ role: 'assistant', trace_id: traceId });
  return asked;
}

/** A stream that says how it failed, and does not pretend to be whole. */
function expectBroken(told: readonly Json[], problem: Omit<Problem, 'status'>): void {
  expect(told.filter(({ type }) => type === 'error')).toEqual([expect.objectContaining(problem)]);
  expect(told.find(({ type }) => type === 'usage')).toMatchObject({ finish_reason: 'error' });
  expect(told.at(-1)).toBe('[DONE]');
}

function expectProblem({ status, headers, body }: Answer, problem: Problem): void {
  expect(status).toBe(problem.status);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({ ...problem, trace_id: headers.get('x-trace-id') });
}

function expectChargedOnce(answer: Json, usage: readonly { metric: string }[]): void {
  expect(answer.usage.completion_tokens).toBeGreaterThan(0);
  const amount = answer.usage.prompt_tokens + answer.usage.completion_tokens;
  expect(usage).toEqual([
    expect.objectContaining({ metric: 'ai_requests', amount: 1 }),
    expect.objectContaining({ metric: 'ai_tokens', amount }),
  ]);
}

function expectNoCanary(...shown: readonly unknown[]): void {
  const everything = JSON.stringify(shown) + test.logged();
  expect(test.logged()).toContain('"message":"run"');
  expect(everything).not.toContain(BODY_CANARY);
  expect(everything).not.toContain(KEY_CANARY);
}
