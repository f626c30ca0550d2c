import { describe, expect, it } from 'vitest';
import type { Clock } from '#platform/clock/clock';
import { AppError } from '#platform/errors/app-error';
import { createMetrics } from '#platform/telemetry/metrics';
import type { ChatEvent, ChatModel } from '../chat-model.ts';
import { buildRequest, neverAborted, readStream } from '../testing/chat-requests.ts';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { payingFor } from '../spending/payer-context.ts';
import { createRecordingGuard } from '../testing/recording-guard.ts';
import { createCallMeter } from './meter-calls.ts';
import { meterChatModel } from './meter-chat-model.ts';
import { meterEmbeddingModel } from './meter-embedding-model.ts';
import { priceOf } from '../catalogue/model-price.ts';
import { priceUsage, toCurrency } from './price-usage.ts';

const request = buildRequest('four letters of text here');
const hello: ChatEvent = { type: 'text-delta', text: 'Hello' };
const finish: ChatEvent = {
  type: 'finish',
  reason: 'stop',
  usage: { promptTokens: 1_000_000, completionTokens: 500_000, isEstimated: false },
};

/** A clock that is two seconds later each time it is asked. */
function steppingClock(): Clock {
  let seconds = 0;
  return { now: () => new Date((seconds += 2) * 1000) };
}

function buildMetered(stream: ChatModel['stream']) {
  const metrics = createMetrics();
  const meter = createCallMeter(
    { name: 'm', provider: 'p', price: priceOf({ promptUsd: 2, completionUsd: 8 }) },
    {
      metrics,
      clock: steppingClock(),
      currencyPerUsd: 0.5,
      guard: createRecordingGuard().guard,
      maxTokens: 100,
    },
  );
  const model = paidFor(meterChatModel({ name: 'm', provider: 'p', stream }, meter));
  const valuesOf = async (metric: 'llmRequestsTotal' | 'llmTokensTotal' | 'llmCostTotal') =>
    (await metrics[metric].get()).values.map(({ labels, value }) => ({ ...labels, value }));
  return { model, metrics, meter, valuesOf };
}

const PAYER = { teamId: newId<TeamId>(), userId: newId<UserId>() };

function paidFor(model: ChatModel): ChatModel {
  return { ...model, stream: (...call) => payingFor(PAYER, () => model.stream(...call)) };
}

function streaming(events: readonly ChatEvent[], failure?: unknown): ChatModel['stream'] {
  return async function* stream(_request, signal) {
    for (const event of events) {
      signal.throwIfAborted();
      yield event;
    }
    if (failure) throw failure;
  };
}

describe('a metered chat model', () => {
  it('passes everything on and counts the call, its time, its tokens and its cost', async () => {
    const { model, metrics, valuesOf } = buildMetered(streaming([hello, finish]));
    const { events } = await readStream(model.stream(request, neverAborted));
    expect(events).toEqual([hello, finish]);
    expect(await valuesOf('llmRequestsTotal')).toEqual([
      { provider: 'p', model: 'm', status: 'ok', value: 1 },
    ]);
    expect(await valuesOf('llmTokensTotal')).toEqual([
      { provider: 'p', model: 'm', direction: 'input', value: 1_000_000 },
      { provider: 'p', model: 'm', direction: 'output', value: 500_000 },
    ]);
    // (1 × $2 + 0.5 × $8) at half a unit of the currency a dollar.
    expect(await valuesOf('llmCostTotal')).toEqual([{ provider: 'p', model: 'm', value: 3 }]);
    // The clock is asked once in between, when the usage is settled.
    expect(
      await metrics.registry.getSingleMetricAsString('llm_request_duration_seconds'),
    ).toContain('llm_request_duration_seconds_sum{provider="p",model="m",status="ok"} 4');
  });

  it.each([
    ['timeout', new AppError('timeout', 'late')],
    ['error', new AppError('external', 'broken')],
    ['error', new Error('a fault of ours')],
  ])('throws a failure on and counts it as %s', async (status, failure) => {
    const { model, valuesOf } = buildMetered(streaming([], failure));
    expect((await readStream(model.stream(request, neverAborted))).failure).toBe(failure);
    expect(await valuesOf('llmRequestsTotal')).toMatchObject([{ status, value: 1 }]);
    expect(await valuesOf('llmTokensTotal')).toEqual([]);
  });

  it('estimates the tokens of an answer that broke off', async () => {
    const { model, valuesOf } = buildMetered(streaming([hello], new Error('cut')));
    await readStream(model.stream(request, neverAborted));
    expect(await valuesOf('llmTokensTotal')).toMatchObject([
      { direction: 'input', value: 11 },
      { direction: 'output', value: 2 },
    ]);
  });

  it('counts a call that the caller gave up, and one that nobody read to its end', async () => {
    const { model, valuesOf } = buildMetered(streaming([hello, finish]));
    await readStream(model.stream(request, AbortSignal.abort()));
    for await (const event of model.stream(request, neverAborted)) {
      expect(event).toEqual(hello);
      break;
    }
    expect(await valuesOf('llmRequestsTotal')).toMatchObject([{ status: 'aborted', value: 2 }]);
  });
});

describe('a metered embedder', () => {
  it('counts calls and estimates their tokens', async () => {
    const { meter, valuesOf } = buildMetered(streaming([]));
    const embed = async () => ({ vectors: [[1]] });
    const model = meterEmbeddingModel(
      { name: 'm', dimensions: 1, embed },
      { provider: 'p', meter },
    );
    expect(await payingFor(PAYER, () => model.embed(['12345678'], neverAborted))).toEqual({
      vectors: [[1]],
    });
    expect(await valuesOf('llmRequestsTotal')).toMatchObject([{ status: 'ok', value: 1 }]);
    expect(await valuesOf('llmTokensTotal')).toMatchObject([
      { direction: 'input', value: 2 },
      { direction: 'output', value: 0 },
    ]);
  });

  it('throws a failure on and counts it', async () => {
    const { meter, valuesOf } = buildMetered(streaming([]));
    const failure = new AppError('timeout', 'late');
    const embed = () => Promise.reject(failure);
    const model = meterEmbeddingModel(
      { name: 'm', dimensions: 1, embed },
      { provider: 'p', meter },
    );
    await expect(payingFor(PAYER, () => model.embed(['text'], neverAborted))).rejects.toBe(failure);
    expect(await valuesOf('llmRequestsTotal')).toMatchObject([{ status: 'timeout', value: 1 }]);
  });
});

describe('prices', () => {
  it('are charged by the token and rounded once to a millionth of a dollar', () => {
    const price = priceOf({ promptUsd: 0.15, completionUsd: 0.6 });
    expect(priceUsage(price, { promptTokens: 1000, completionTokens: 200 })).toBe(270);
    expect(priceUsage(price, { promptTokens: 4, completionTokens: 0 })).toBe(1);
    expect(priceUsage(price, { promptTokens: 0, completionTokens: 0 })).toBe(0);
  });

  it('are lower for what the provider had in its cache, of which there is no more than prompt', () => {
    const price = priceOf({ promptUsd: 2, cachedUsd: 0.5, completionUsd: 8 });
    const usage = { promptTokens: 1000, completionTokens: 100, cachedTokens: 600 };
    expect(priceUsage(price, usage)).toBe(400 * 2 + 600 * 0.5 + 100 * 8);
    expect(priceUsage(price, { ...usage, cachedTokens: 5000 })).toBe(1000 * 0.5 + 100 * 8);
    const flat = priceOf({ promptUsd: 2, completionUsd: 8 });
    expect(priceUsage(flat, usage)).toBe(1000 * 2 + 100 * 8);
  });

  it('become another currency by its rate', () => {
    expect(toCurrency(270, 0.9)).toBe(243);
  });
});
