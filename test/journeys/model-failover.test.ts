import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChatter } from '#test/chatter';
import { readSome } from '../../src/modules/chat/testing/read-chat.ts';
import type { Json } from '#test/client';
import { PROVIDER_CANARY, startFaultProxy, type Fault, type FaultProxy } from '#test/fault-proxy';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';
import { startTestService, type TestService } from '#test/service';

/** Its circuit is nobody else's, though tests may share a Redis. */
const ASKED = 'failing-model';
const FALLBACK = 'gpt-4.1-mini';
const WHOLE_ANSWER = /^w0000 w0001 .* w0199 $/;
const BROKEN_FRAME = `data: {"${PROVIDER_CANARY}": [\n\n`;

const cutAfter = (afterFrames: number): Fault => ({ kind: 'stop', afterFrames, how: 'cut' });
const silentAfter = (afterFrames: number): Fault => ({ kind: 'stop', afterFrames, how: 'silent' });
const brokenFrame = (at: number): Fault => ({
  kind: 'bend',
  change: (frame, number) => (number === at ? BROKEN_FRAME : frame),
});

const FAULTS: Readonly<Record<string, Fault>> = {
  '429 with Retry-After': { kind: 'refuse', status: 429, retryAfterSeconds: 1 },
  '500': { kind: 'refuse', status: 500 },
  '401': { kind: 'refuse', status: 401 },
  '400': { kind: 'refuse', status: 400 },
  'connection reset': { kind: 'reset' },
  'no headers': { kind: 'mute' },
  'HTML with 200': {
    kind: 'instead',
    body: `<html>${PROVIDER_CANARY}</html>`,
    contentType: 'text/html',
  },
  'empty choices': { kind: 'instead', body: `data: {"choices":[],"x":"${PROVIDER_CANARY}"}\n\n` },
  'malformed first frame': brokenFrame(1),
  'cut after 5 tokens': cutAfter(6),
  'silence after 5 tokens': silentAfter(6),
  'malformed after 5 tokens': brokenFrame(7),
  'split frames': {
    kind: 'bend',
    change: (frame) => [frame.slice(0, 9), frame.slice(9, 31), frame.slice(31)],
  },
  'unknown fields': {
    kind: 'bend',
    change: (frame) => frame.replace('"choices":', '"unheard_of":{"of":[1]},"choices":'),
  },
  'no usage': { kind: 'bend', change: (frame) => frame.replace('"usage":{', '"not_usage":{') },
};

let model: ModelServer;
let proxy: FaultProxy;
let network: TcpProxy;
let test: TestService;
const table: Record<string, object> = {};

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  proxy = await startFaultProxy(model.mock.url, ({ body }) => findFault(body));
  network = await startTcpProxy({ host: '127.0.0.1', port: proxy.port });
  test = await startTestService({
    LLM_BASE_URL: `http://127.0.0.1:${network.port}/v1`,
    LLM_API_KEY: 'test',
    LLM_MODEL: ASKED,
    LLM_PRICE_PROMPT: '1',
    LLM_PRICE_COMPLETION: '2',
    LLM_TIMEOUT_MS: '4000',
    STREAM_IDLE_SECONDS: '2',
    STREAM_RESUME_GRACE_SECONDS: '1',
    AI_FALLBACKS: `openai/${FALLBACK}`,
    // These cases are about calls by themselves.
    AI_CIRCUIT_FAILURES: '1000',
    LOG_LEVEL: 'debug',
  });
});
afterAll(async () => {
  // oxlint-disable-next-line no-console -- the table is what this journey shows
  console.table(table);
  await test.close();
  await network.close();
  await proxy.close();
  await model.close();
});

describe('a fault before the first token', () => {
  it.concurrent.each([
    ['429 with Retry-After', 3],
    ['500', 3],
    ['401', 1],
    ['400', 1],
    ['connection reset', 3],
    ['no headers', 1],
    ['HTML with 200', 1],
    ['empty choices', 1],
    ['malformed first frame', 1],
  ])('%s: the fallback answers unseen, and it alone is billed', async (fault, attempts) => {
    const { told, text, answer, bill, calls } = await ask(fault);
    expect(calls).toEqual({ [ASKED]: attempts, [FALLBACK]: 1 });
    expect(text).toMatch(WHOLE_ANSWER);
    expect(told.some(({ type }) => type === 'error')).toBe(false);
    expect(answer).toMatchObject({ status: 'complete', model: FALLBACK, usage_estimated: false });
    expect(bill).toMatchObject([{ model: FALLBACK, provider: 'openai', amount: 240 }]);
  });

  it.concurrent.each([
    ['500', 3, 'EXTERNAL_SERVICE_ERROR', 'upstream_failed'],
    ['401', 1, 'EXTERNAL_SERVICE_ERROR', 'upstream_key_refused'],
    ['no headers', 1, 'TIMEOUT', 'upstream_timeout'],
  ])('%s of every model is an error, and costs nothing', async (fault, attempts, code, reason) => {
    const { told, answer, bill, calls } = await ask(fault, { isEverywhere: true });
    expect(calls).toEqual({ [ASKED]: attempts, [FALLBACK]: attempts });
    expect(told.filter(({ type }) => type === 'error')).toMatchObject([{ code, reason }]);
    expect(answer).toMatchObject({ status: 'incomplete', content: '', usage: { cost: 0 } });
    expect(bill).toEqual([]);
  });
});

describe('a fault in the middle of an answer', () => {
  const faults = [
    ['cut after 5 tokens', 'upstream_cut'],
    ['silence after 5 tokens', 'upstream_timeout'],
    ['malformed after 5 tokens', 'upstream_error'],
  ] as const;

  it.concurrent.each(faults)(
    '%s: it ends with an error, and what came is kept and billed once',
    async (fault, reason) => {
      const { told, text, answer, bill, calls } = await ask(fault);
      expect(calls).toEqual({ [ASKED]: 1 });
      expect(told.filter(({ type }) => type === 'error')).toMatchObject([{ reason }]);
      expect(text).toMatch(/^w0000 .*\d{4}/);
      expect(answer).toMatchObject({ status: 'incomplete', content: text, model: ASKED });
      expect(bill).toMatchObject([{ model: ASKED, usage_estimated: true }]);
    },
  );

  it.concurrent.each(faults)(
    '%s, where it is to be continued: the fallback ends it, and both are billed',
    async (fault) => {
      const { told, text, answer, bill, calls } = await ask(fault, { onInterruption: 'continue' });
      expect(calls).toEqual({ [ASKED]: 1, [FALLBACK]: 1 });
      expect(told.some(({ type }) => type === 'error')).toBe(false);
      // The mock begins anew, so each word comes once only where the seam is trimmed.
      expect(text).toMatch(WHOLE_ANSWER);
      expect(text.split(' ')).toHaveLength(201);
      expect(answer).toMatchObject({ status: 'complete', model: FALLBACK, content: text });
      expect(bill.map((row) => row.model).toSorted()).toEqual([ASKED, FALLBACK]);
    },
  );
});

describe('a reader who leaves in the middle of an answer', () => {
  it('ends the call at once, and no other model goes on: what came is kept and billed once', async () => {
    const leaver = await createChatter(test);
    const leaving = new AbortController();
    const mark = `[leaver|${ASKED}|silence after 5 tokens]`;
    const question = { message: `Tell me much ${mark}`, on_interruption: 'continue' };
    const { signal } = leaving;
    const { events } = await leaver.client.stream('/chat/stream', question, { signal });
    const [first] = await readSome(events, 4);
    leaving.abort();
    await findCalls(mark)[0]?.abandoned;
    const answerNow = () => leaver.answer(first?.data.session_id);
    await expect.poll(async () => (await answerNow()).status).toBe('aborted');
    const answer = await answerNow();
    expect(answer.content).toMatch(/^w0000 /);
    expect(countCalls(mark)).toEqual({ [ASKED]: 1 });
    expect(await leaver.bill()).toMatchObject([{ model: ASKED, usage_estimated: true }]);
  });
});

describe('an oddity that is no fault', () => {
  it.concurrent.each([
    ['split frames', false],
    ['unknown fields', false],
    ['no usage', true],
  ])('%s: the model that was asked answers', async (fault, isEstimated) => {
    const { text, answer, bill, calls } = await ask(fault);
    expect(calls).toEqual({ [ASKED]: 1 });
    expect(text).toMatch(WHOLE_ANSWER);
    expect(answer).toMatchObject({ status: 'complete', usage_estimated: isEstimated });
    expect(bill).toMatchObject([{ model: ASKED }]);
  });
});

describe('a provider whose port is closed', () => {
  it('is 502 after every model was tried, and costs nothing', async () => {
    await network.refuse();
    const { told, answer, bill } = await ask('connection refused');
    await network.restore();
    const failure = { code: 'EXTERNAL_SERVICE_ERROR', reason: 'upstream_unreachable' };
    expect(told.filter(({ type }) => type === 'error')).toMatchObject([failure]);
    expect(answer).toMatchObject({ status: 'incomplete', content: '' });
    expect(bill).toEqual([]);
    expect((await ask('nothing')).answer.status).toBe('complete');
  });
});

type AskOptions = {
  readonly onInterruption?: 'continue';
  /** Whether the fallback has the same fault. */
  readonly isEverywhere?: boolean;
};

let asked = 0;

/** Asks as somebody new, and holds the bill to the message and everything shown to the provider's secrets. */
async function ask(fault: string, { onInterruption, isEverywhere = false }: AskOptions = {}) {
  asked += 1;
  const mark = `[${asked}|${isEverywhere ? 'every' : ASKED}|${fault}]`;
  const asker = await createChatter(test);
  const result = await asker.ask(`Tell me much ${mark}`, {
    ...(onInterruption && { on_interruption: onInterruption }),
  });
  const bill = await asker.bill();
  const calls = countCalls(mark);
  const cost = bill.reduce((sum, row) => sum + row.costMicros, 0);
  expect(Math.round(result.answer.usage.cost * 1e6)).toBe(cost);
  expect(JSON.stringify(result) + test.logged()).not.toContain(PROVIDER_CANARY);
  table[[fault, isEverywhere && 'everywhere', onInterruption].filter(Boolean).join(', ')] = {
    outcome: outcomeOf(result),
    ...calls,
    bill: bill.map((row) => `${row.model} ${row.amount} tokens ${row.costMicros} µ`).join(' + '),
  };
  return { ...result, bill, calls };
}

/** How often each model was asked for what has the mark. */
function countCalls(mark: string): Readonly<Record<string, number>> {
  const models = findCalls(mark).map(({ body }) => String(JSON.parse(body).model));
  return Object.fromEntries(
    [...new Set(models)].map((name) => [name, models.filter((each) => each === name).length]),
  );
}

function findCalls(mark: string) {
  return proxy.calls.filter(({ body }) => body.includes(mark));
}

function findFault(body: string): Fault | undefined {
  const [, where, fault = ''] = /\[\w+\|([^|]+)\|([^\]]+)\]/.exec(body) ?? [];
  const isMeant = where === 'every' || JSON.parse(body).model === where;
  return isMeant ? FAULTS[fault] : undefined;
}

function outcomeOf({ told, answer }: { told: readonly Json[]; answer: Json }): string {
  const error = told.find(({ type }) => type === 'error');
  return error
    ? `${answer.status}: ${error.code} ${error.reason}`
    : `${answer.status}: ${answer.model}`;
}
