import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChatter, type Chatter } from '#test/chatter';
import type { Answer } from '#test/client';
import { PROVIDER_CANARY, startFaultProxy, type Fault, type FaultProxy } from '#test/fault-proxy';
import { startModelServer, type ModelServer } from '#test/model-server';
import { parseMetrics } from '#test/prometheus';
import { startTestService, type TestService } from '#test/service';

/** Its circuit is nobody else's, though tests may share a Redis. */
const MODEL = 'breaking-model';
const OPEN_SECONDS = 2;
const METRICS_TOKEN = 'metrics-token-of-16-and-more';
const FAILING: Fault = { kind: 'refuse', status: 500 };

let model: ModelServer;
let proxy: FaultProxy;
let test: TestService;
let chatter: Chatter;
let fault: Fault | undefined = FAILING;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  proxy = await startFaultProxy(model.mock.url, () => fault);
  test = await startTestService({
    LLM_BASE_URL: proxy.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: MODEL,
    LLM_RETRIES: '1',
    AI_CIRCUIT_OPEN_SECONDS: String(OPEN_SECONDS),
    METRICS_TOKEN,
  });
  chatter = await createChatter(test);
});
afterAll(async () => {
  await test.close();
  await proxy.close();
  await model.close();
});

describe('a model that fails 20 times in ten seconds', () => {
  it('is not asked again: the answer is 503 at once, and says when to come back', async () => {
    const failed = await Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([502]));
    expect(proxy.calls).toHaveLength(20);

    const timesMs: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const startedAt = performance.now();
      const refused = await ask();
      timesMs.push(performance.now() - startedAt);
      expectOpen(refused);
    }
    expect(Math.min(...timesMs)).toBeLessThan(50);
    expect(proxy.calls).toHaveLength(20);
    expect(await readState()).toBe(2);
    expect(await chatter.usage()).toEqual([]);
  });

  it('is tried by one call when its time is over, and left alone again where that one fails', async () => {
    await expect
      .poll(async () => (await askAtOnce(5)).some(({ status }) => status === 502), POLLING)
      .toBe(true);
    expect(proxy.calls).toHaveLength(21);
    expectOpen(await ask());
  });

  it('is asked by everybody once such a call was answered', async () => {
    fault = undefined;
    await expect.poll(async () => (await ask()).status, POLLING).toBe(200);
    expect((await askAtOnce(5)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await readState()).toBe(0);
  });
});

const POLLING = { interval: 100, timeout: 10_000 };

function ask(): Promise<Answer> {
  return chatter.client.post('/chat', { message: 'Well?' });
}

function askAtOnce(count: number): Promise<readonly Answer[]> {
  return Promise.all(Array.from({ length: count }, ask));
}

function expectOpen({ status, headers, body }: Answer): void {
  expect(status).toBe(503);
  expect(body).toMatchObject({ code: 'SERVICE_UNAVAILABLE', reason: 'model.circuit_open' });
  const retryAfter = Number(headers.get('retry-after'));
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(OPEN_SECONDS);
  expect(JSON.stringify(body)).not.toContain(PROVIDER_CANARY);
}

async function readState(): Promise<number | undefined> {
  const response = await fetch(`${test.baseUrl}/metrics`, {
    headers: { authorization: `Bearer ${METRICS_TOKEN}` },
  });
  const samples = parseMetrics(await response.text());
  const isMeant = (labels: Readonly<Record<string, string>>) => labels['model'] === MODEL;
  return samples.find(({ name, labels }) => name === 'llm_circuit_state' && isMeant(labels))?.value;
}
