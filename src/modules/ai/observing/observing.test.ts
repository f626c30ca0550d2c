import { describe, expect, it } from 'vitest';
import type { Clock } from '#platform/clock/clock';
import { AppError } from '#platform/errors/app-error';
import type { Observation } from '#platform/telemetry/observer';
import { newId, type TeamId, type UserId } from '#shared/ids';
import type { ChatEvent, ChatModel, ChatRequest } from '../chat-model.ts';
import { payingFor } from '../spending/payer-context.ts';
import { buildRequest, neverAborted, readStream } from '../testing/chat-requests.ts';
import { observeChatModel } from './observe-chat-model.ts';
import { observeEmbeddingModel } from './observe-embedding-model.ts';

const PAYER = { teamId: newId<TeamId>(), userId: newId<UserId>() };
const HELLO: ChatEvent = { type: 'text-delta', text: 'Hello' };

/** A clock that is a second later each time it is asked. */
function steppingClock(): Clock {
  let seconds = 0;
  return { now: () => new Date((seconds += 1) * 1000) };
}

function buildObserving() {
  const observed: Observation[] = [];
  const observer = {
    observe: (observation: Observation) => void observed.push(observation),
    score: () => {},
    removeScore: () => {},
  };
  const costUsdMicros = (usage: { promptTokens: number; completionTokens: number }) =>
    usage.promptTokens + usage.completionTokens * 10;
  return { observed, observing: { observer, clock: steppingClock(), costUsdMicros } };
}

async function observeStream(
  events: readonly ChatEvent[],
  { failure, request = {} }: { failure?: Error; request?: Partial<ChatRequest> } = {},
) {
  const { observed, observing } = buildObserving();
  const stream: ChatModel['stream'] = async function* stream() {
    yield* events;
    if (failure) throw failure;
  };
  const model = observeChatModel({ name: 'm', provider: 'p', stream }, observing);
  const asked = { ...buildRequest('What is it?'), ...request };
  await readStream(payingFor(PAYER, () => model.stream(asked, neverAborted)));
  return observed;
}

describe('an observed chat model', () => {
  it('tells whose call it was, what was asked and answered, when, and what it cost', async () => {
    const usage = { promptTokens: 9, completionTokens: 2, isEstimated: false };
    const [told, ...others] = await observeStream([
      HELLO,
      { type: 'finish', reason: 'stop', usage },
    ]);
    expect(others).toEqual([]);
    expect(told).toMatchObject({
      kind: 'generation',
      work: { ...PAYER, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
      startedMs: 1000,
      firstOutputMs: 2000,
      endedMs: 3000,
      output: 'Hello',
      model: { name: 'm', provider: 'p' },
      usage: { ...usage, costUsdMicros: 29 },
      metadata: { finish_reason: 'stop' },
      failure: undefined,
    });
    expect(told?.input).toContainEqual({ role: 'user', content: 'What is it?' });
  });

  it('puts the pieces of calls of tools together, and tells images by their kind', async () => {
    const [told] = await observeStream(
      [
        { type: 'tool-call-delta', index: 0, id: 'c1', name: 'add', arguments: '{"a"' },
        { type: 'tool-call-delta', index: 0, arguments: ':1}' },
      ],
      {
        request: {
          tools: [{ name: 'add', parameters: {} }],
          turns: [
            {
              role: 'user',
              content: 'Look',
              images: [{ kind: 'inline', mimeType: 'image/png', base64: 'canary' }],
            },
          ],
        },
      },
    );
    expect(told?.output).toEqual({
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'c1', name: 'add', arguments: '{"a":1}' }],
    });
    expect(JSON.stringify(told?.input)).toContain('image/png');
    expect(JSON.stringify(told?.input)).not.toContain('canary');
  });

  it('tells an estimate where an answer broke off, and why by a name', async () => {
    const failure = new AppError('external', 'canary', { reason: 'upstream_error' });
    const [told] = await observeStream([HELLO], { failure });
    expect(told).toMatchObject({ failure: 'upstream_error', usage: { isEstimated: true } });
  });

  it('tells no usage where nothing was answered', async () => {
    const [told] = await observeStream([], { failure: new Error('canary') });
    expect(told).toMatchObject({ failure: 'internal', usage: undefined });
  });
});

describe('an observed embedder', () => {
  const embedWith = async (
    embed: () => Promise<{ vectors: number[][]; promptTokens?: number }>,
  ) => {
    const { observed, observing } = buildObserving();
    const model = observeEmbeddingModel(
      { name: 'e', dimensions: 1, embed },
      { provider: 'p', observing },
    );
    await payingFor(PAYER, () => model.embed(['canary', 'canary'], neverAborted)).catch(() => {});
    return observed;
  };

  it('tells how many texts there were and what they cost, and not what they said', async () => {
    const observed = await embedWith(async () => ({ vectors: [[1], [2]], promptTokens: 7 }));
    expect(observed).toMatchObject([
      {
        kind: 'embedding',
        metadata: { texts: 2 },
        usage: { promptTokens: 7, isEstimated: false, costUsdMicros: 7 },
        failure: undefined,
      },
    ]);
    expect(JSON.stringify(observed)).not.toContain('canary');
  });

  it('tells a failure, and no usage', async () => {
    const observed = await embedWith(() => Promise.reject(new AppError('timeout', 'late')));
    expect(observed).toMatchObject([{ failure: 'timeout', usage: undefined }]);
  });
});
