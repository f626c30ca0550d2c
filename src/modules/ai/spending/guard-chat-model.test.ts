import { describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock/clock';
import { AppError } from '#platform/errors/app-error';
import { newId, type RunId, type TeamId } from '#shared/ids';
import type { ChatEvent, ChatModel } from '../chat-model.ts';
import { buildRequest, neverAborted, readStream } from '../testing/chat-requests.ts';
import { createRecordingGuard } from '../testing/recording-guard.ts';
import { guardChatModel } from './guard-chat-model.ts';
import { payingFor } from './payer-context.ts';

const PAYER = { teamId: newId<TeamId>(), userId: null };
const WORD: ChatEvent = { type: 'text-delta', text: 'four' };
const FINISH: ChatEvent = {
  type: 'finish',
  reason: 'stop',
  usage: { promptTokens: 9, completionTokens: 2, isEstimated: false },
};

function guarded(stream: ChatModel['stream'], payer: object = PAYER) {
  const recorded = createRecordingGuard();
  const model = guardChatModel(
    { name: 'm', provider: 'p', stream },
    {
      guard: recorded.guard,
      clock: systemClock,
      maxTokens: 2,
      costOf: ({ promptTokens, completionTokens }) => promptTokens + completionTokens * 10,
    },
  );
  const ask = () => model.stream(buildRequest('four'), neverAborted);
  return { ...recorded, ask: () => readStream(payingFor({ ...PAYER, ...payer }, ask)) };
}

function saying(events: readonly ChatEvent[], failure?: Error): ChatModel['stream'] {
  return async function* stream() {
    yield* events;
    if (failure) throw failure;
  };
}

describe('a guarded model', () => {
  it('reserves the prompt and the longest answer before it is asked, and settles what was used', async () => {
    const { ask, events, calls } = guarded(saying([WORD, WORD, FINISH]));
    await ask();
    expect(calls[0]).toMatchObject({ payer: PAYER, provider: 'p', model: 'm', isStream: true });
    const { tokens, costMicros } = calls[0]?.estimate ?? { tokens: 0, costMicros: 0 };
    expect(costMicros).toBe(tokens - 2 + 20);
    expect(events.map(([act]) => act)).toEqual(['reserve', 'settle']);
    expect(events[1]?.[1]).toMatchObject({ promptTokens: 9, completionTokens: 2, costMicros: 29 });
  });

  it('gives everything back where the model fails before its first word', async () => {
    const { ask, events } = guarded(saying([], new AppError('external', 'down')));
    await ask();
    expect(events.map(([act]) => act)).toEqual(['reserve', 'release']);
  });

  it('settles an estimate where the model fails after its first word', async () => {
    const { ask, events } = guarded(saying([WORD], new AppError('external', 'down')));
    await ask();
    expect(events.map(([act]) => act)).toEqual(['reserve', 'settle']);
    expect(events[1]?.[1]).toMatchObject({ completionTokens: 1, isEstimated: true });
  });

  it('leaves what is held to a run, which writes its usage itself', async () => {
    const { ask, events } = guarded(saying([WORD, FINISH]), { runId: newId<RunId>() });
    await ask();
    expect(events.map(([act]) => act)).toEqual(['reserve', 'leave']);
  });

  it('holds more where an answer is longer than what is held', async () => {
    const { ask, events } = guarded(saying([WORD, WORD, WORD, FINISH]));
    await ask();
    expect(events.map(([act]) => act)).toEqual(['reserve', 'extend', 'settle']);
    expect(events[1]?.[1]).toEqual({ tokens: 2, costMicros: 20 });
  });

  it('stops the model in mid-answer where no more can be held', async () => {
    let isEnded = false;
    const refusal = new AppError('quota_exceeded', 'full');
    const recorded = createRecordingGuard({ onExtend: () => Promise.reject(refusal) });
    const model = guardChatModel(
      {
        name: 'm',
        provider: 'p',
        async *stream() {
          try {
            for (;;) yield WORD;
          } finally {
            isEnded = true;
          }
        },
      },
      { guard: recorded.guard, clock: systemClock, maxTokens: 2, costOf: () => 1 },
    );
    const ask = () => model.stream(buildRequest('four'), neverAborted);
    const { events, failure } = await readStream(payingFor(PAYER, ask));
    expect(failure).toBe(refusal);
    expect(events).toHaveLength(2);
    expect(isEnded).toBe(true);
    expect(recorded.events.map(([act]) => act)).toEqual(['reserve', 'settle']);
  });

  it('refuses to be asked where nobody pays', () => {
    const { guard } = createRecordingGuard();
    const spending = { guard, clock: systemClock, maxTokens: 2, costOf: () => 1 };
    const model = guardChatModel({ name: 'm', provider: 'p', stream: saying([]) }, spending);
    expect(() => model.stream(buildRequest('four'), neverAborted)).toThrow(/Nobody pays/);
  });
});
