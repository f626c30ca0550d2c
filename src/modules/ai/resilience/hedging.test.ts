import { describe, expect, it } from 'vitest';
import type { ChatModel } from '../chat-model.ts';
import { buildRequest, neverAborted, readStream, textOf } from '../testing/chat-requests.ts';
import {
  buildCircuits,
  createCandidate,
  outage,
  say,
  WHOLE,
} from '../testing/scripted-candidates.ts';
import { createFailoverModel } from './failover-model.ts';

const HELLO = [say('Hello'), WHOLE];

function askHedged([first, second]: readonly [ChatModel, ChatModel], hedgeAfterMs: number) {
  const candidates = [{ model: first }, { model: second }] as const;
  const circuits = buildCircuits();
  const model = createFailoverModel({ name: 'chain', candidates, circuits, hedgeAfterMs });
  return readStream(model.stream(buildRequest('Well?'), neverAborted));
}

function chosen({ name: model, provider }: ChatModel) {
  return { type: 'model-chosen', model, provider };
}

describe('hedging', () => {
  it('asks a second model where the first is silent, and ends the slower call', async () => {
    const [one, two] = [createCandidate('one', ['silence']), createCandidate('two', HELLO)];
    const { events } = await askHedged([one, two], 5);
    expect(events).toEqual([chosen(two), ...HELLO]);
    expect(one.ended()).toBe(1);
  });

  it('does not disturb a model that answers in time', async () => {
    const [one, two] = [createCandidate('one', HELLO), createCandidate('two', HELLO)];
    const { events } = await askHedged([one, two], 10_000);
    expect(events).toEqual([chosen(one), ...HELLO]);
    expect(two.requests).toHaveLength(0);
  });

  it('goes through the chain without waiting where models fail', async () => {
    const last = outage('timeout');
    const models = [createCandidate('one', [outage()]), createCandidate('two', [last])] as const;
    const { failure } = await askHedged(models, 100_000);
    expect(failure).toBe(last);
  });

  it('waits for the first where the second fails', async () => {
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    const one: ChatModel = {
      name: 'one',
      provider: 'one-provider',
      async *stream() {
        await asked;
        yield* HELLO;
      },
    };
    const two: ChatModel = {
      name: 'two',
      provider: 'two-provider',
      // oxlint-disable-next-line require-yield -- it fails before its first word
      async *stream() {
        answer();
        throw outage();
      },
    };
    const { events } = await askHedged([one, two], 1);
    expect(events[0]).toEqual(chosen(one));
  });

  it('tells what a model used that began in the same moment', async () => {
    const began = Promise.withResolvers<void>();
    const inStep = (name: string, isLast: boolean): ChatModel => ({
      name,
      provider: `${name}-provider`,
      async *stream() {
        if (isLast) began.resolve();
        await began.promise;
        yield* HELLO;
      },
    });
    const models = [inStep('one', false), inStep('two', true)] as const;
    const { events } = await askHedged(models, 1);
    const [choice] = events;
    expect(choice).toMatchObject({ used: [{ usage: { completionTokens: 2 } }] });
    expect(textOf(events)).toBe('Hello');
  });
});
