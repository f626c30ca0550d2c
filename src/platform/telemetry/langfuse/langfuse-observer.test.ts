import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId, type RunId, type SessionId, type TeamId, type UserId } from '#shared/ids';
import { startLangfuseServer, type LangfuseServer } from '#test/langfuse-server';
import type { Observation } from '../observer.ts';
import { createLangfuseObserver, type LangfuseSettings } from './langfuse-observer.ts';

const KEYS = { publicKey: 'pk-lf-test', secretKey: 'sk-lf-secret-canary-of-langfuse' };
const STARTED = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const WORK = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  teamId: newId<TeamId>(),
  userId: newId<UserId>(),
  sessionId: newId<SessionId>(),
  runId: newId<RunId>(),
};

let langfuse: LangfuseServer;
beforeEach(async () => {
  langfuse = await startLangfuseServer(KEYS);
});
afterEach(() => langfuse.close());

function buildGeneration(overrides: Partial<Observation> = {}): Observation {
  return {
    kind: 'generation',
    name: 'chat m',
    work: WORK,
    startedMs: STARTED,
    endedMs: STARTED + 1500,
    firstOutputMs: STARTED + 250,
    input: [{ role: 'user', content: 'What is it?' }],
    output: 'It is.',
    model: { name: 'm', provider: 'openai', parameters: { temperature: 0.2 } },
    usage: {
      promptTokens: 100,
      completionTokens: 50,
      cachedTokens: 30,
      reasoningTokens: 20,
      isEstimated: false,
      costUsdMicros: 1234,
    },
    metadata: { finish_reason: 'stop' },
    ...overrides,
  };
}

function startObserver(settings: Partial<LangfuseSettings> = {}) {
  let logged = '';
  const metrics = createMetrics();
  const observer = createLangfuseObserver({
    logger: createLogger({
      level: 'info',
      format: 'json',
      destination: { write: (line: string) => void (logged += line) },
    }),
    metrics,
    settings: {
      url: langfuse.url,
      ...KEYS,
      content: 'full',
      serviceName: 'groundwork',
      environment: 'test',
      release: '1.2.3',
      ...settings,
    },
  });
  const dropped = async () => (await metrics.telemetryDroppedTotal.get()).values[0]?.value ?? 0;
  return { observer, dropped, logged: () => logged };
}

describe('what arrives at langfuse', () => {
  it('is a generation with model, usage, cost, times, user and session, below its run', async () => {
    const { observer } = startObserver();
    observer.observe(buildGeneration());
    observer.observe(buildGeneration({ kind: 'run', name: 'chat', input: 'Q', output: 'A' }));
    await observer.close();

    expect(langfuse.faults).toEqual([]);
    const [generation, run] = langfuse.spans;
    expect(generation).toMatchObject({
      traceId: WORK.traceId,
      parentSpanId: run?.spanId,
      name: 'chat m',
      startTimeUnixNano: `${STARTED}000000`,
      endTimeUnixNano: `${STARTED + 1500}000000`,
      status: { code: 1 },
    });
    expect(generation?.attributes).toMatchObject({
      'langfuse.observation.type': 'generation',
      'langfuse.observation.model.name': 'm',
      'langfuse.observation.model.parameters': '{"temperature":0.2}',
      'langfuse.observation.completion_start_time': '"2026-01-02T03:04:05.256Z"',
      'langfuse.observation.input': '[{"role":"user","content":"What is it?"}]',
      'langfuse.observation.output': 'It is.',
      'langfuse.observation.metadata.provider': 'openai',
      'langfuse.observation.metadata.finish_reason': 'stop',
      'user.id': WORK.userId,
      'session.id': WORK.sessionId,
      'langfuse.trace.metadata.team_id': WORK.teamId,
      'langfuse.environment': 'test',
      'langfuse.release': '1.2.3',
    });
    expect(usageOf(generation)).toEqual({
      input: 70,
      output: 30,
      input_cached_tokens: 30,
      output_reasoning_tokens: 20,
      total: 150,
    });
    expect(JSON.parse(generation?.attributes['langfuse.observation.cost_details'] ?? '')).toEqual({
      total: 0.001234,
    });
    expect(run?.parentSpanId).toBeUndefined();
    expect(run?.attributes).toMatchObject({
      'langfuse.observation.type': 'chain',
      'langfuse.trace.name': 'chat',
      'langfuse.trace.input': 'Q',
      'langfuse.trace.output': 'A',
    });
  });

  it('has scores under the same trace', async () => {
    const { observer } = startObserver();
    observer.score({ work: WORK, name: 'citation_accuracy', value: 0.5, comment: '1 of 2' });
    await observer.close();
    expect(langfuse.scores).toMatchObject([
      { traceId: WORK.traceId, name: 'citation_accuracy', value: 0.5, comment: '1 of 2' },
    ]);
  });

  it('has one score for an id, as it was last, and none once that is removed', async () => {
    const { observer } = startObserver();
    const score = { work: WORK, name: 'user_feedback' };
    observer.score({ ...score, id: 'kept', value: -1, comment: 'No' });
    observer.score({ ...score, id: 'kept', value: 1 });
    observer.score({ ...score, id: 'removed', value: 1 });
    await expect.poll(() => langfuse.scores.length, { timeout: 5000 }).toBe(2);
    observer.removeScore('removed');
    observer.removeScore('never there');
    observer.score({ ...score, id: 'kept', value: -1 });
    await observer.close();
    expect(langfuse.scores.map(({ id, value, comment }) => [id, value, comment])).toEqual([
      ['kept', -1, undefined],
    ]);
  });

  it('tells failures by name, and a reader that left as no fault', async () => {
    const { observer } = startObserver();
    observer.observe(buildGeneration({ failure: 'upstream_error' }));
    observer.observe(buildGeneration({ failure: 'aborted' }));
    await observer.close();
    const told = langfuse.spans.map(({ attributes, status }) => [
      attributes['langfuse.observation.level'],
      attributes['langfuse.observation.status_message'],
      status.code,
    ]);
    expect(told).toEqual([
      ['ERROR', 'upstream_error', 2],
      ['WARNING', 'aborted', 2],
    ]);
  });

  it('holds no secret, and long texts are cut', async () => {
    const { observer } = startObserver();
    observer.observe(
      buildGeneration({
        input: [{ role: 'user', content: 'my key is sk-canary-0123456789abcdef' }],
        output: `Bearer canary-0123456789 ${'long '.repeat(50_000)}`,
      }),
    );
    await observer.close();
    expect(langfuse.spans).toHaveLength(1);
    expect(langfuse.bodies.join('')).not.toContain('canary');
    expect(langfuse.spans[0]?.attributes['langfuse.observation.output']).toMatch(/\[cut\]$/);
    expect(langfuse.bodies.join('').length).toBeLessThan(110_000);
  });

  it('has figures and ids alone where contents are not to be sent', async () => {
    const { observer } = startObserver({ content: 'none' });
    observer.observe(buildGeneration({ input: 'canary-question', output: 'canary-answer' }));
    observer.score({ work: WORK, name: 'user_feedback', value: 1, comment: 'canary-comment' });
    await observer.close();
    expect(langfuse.bodies.join('')).not.toContain('canary');
    expect(usageOf(langfuse.spans[0])).toMatchObject({ total: 150 });
    expect(langfuse.scores).toMatchObject([{ name: 'user_feedback', value: 1 }]);
  });
});

describe('while langfuse is not itself', () => {
  it('sends what was kept once it answers again', async () => {
    langfuse.answer('failing');
    const { observer, dropped, logged } = startObserver();
    observer.observe(buildGeneration());
    await expect.poll(() => langfuse.bodies.length, { timeout: 5000 }).toBe(1);
    langfuse.answer('taking');
    await expect.poll(() => langfuse.spans.length, { timeout: 5000 }).toBe(1);
    await observer.close();
    expect(await dropped()).toBe(0);
    expect(logged().match(/cannot be sent/g)).toHaveLength(1);
    expect(logged()).toContain('sent to langfuse again');
    expect(logged()).not.toContain('canary');
  });

  it('drops and counts what it refuses, without trying again', async () => {
    langfuse.answer('refusing');
    const { observer, dropped } = startObserver();
    observer.observe(buildGeneration());
    await expect.poll(dropped, { timeout: 5000 }).toBe(1);
    await observer.close();
    expect(langfuse.bodies).toHaveLength(1);
  });

  it('keeps a bounded number, and counts the rest', async () => {
    const { observer, dropped } = startObserver({ url: 'http://127.0.0.1:1' });
    for (let number = 0; number < 3000; number += 1) observer.observe(buildGeneration());
    expect(await dropped()).toBe(3000 - 2048);
    await observer.close();
    expect(await dropped()).toBe(3000);
  });

  it('keeps a bounded size', async () => {
    const { observer, dropped } = startObserver({ url: 'http://127.0.0.1:1' });
    const output = 'x'.repeat(99_000);
    for (let number = 0; number < 400; number += 1) observer.observe(buildGeneration({ output }));
    expect(await dropped()).toBeGreaterThan(200);
    await observer.close();
  });

  it('ends within five seconds where it never answers, and counts what was lost', async () => {
    langfuse.answer('silent');
    const { observer, dropped } = startObserver();
    for (let number = 0; number < 250; number += 1) observer.observe(buildGeneration());
    observer.score({ work: WORK, name: 'n', value: 1 });
    const startedAt = performance.now();
    await observer.close();
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(await dropped()).toBe(251);
  });
});

function usageOf(span: LangfuseServer['spans'][number] | undefined): unknown {
  return JSON.parse(span?.attributes['langfuse.observation.usage_details'] ?? 'null');
}
