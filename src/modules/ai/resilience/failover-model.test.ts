import { describe, expect, it } from 'vitest';
import { AppError, invalid } from '#platform/errors/app-error';
import type { ChatModel, ChatRequest } from '../chat-model.ts';
import { buildRequest, neverAborted, readStream, textOf } from '../testing/chat-requests.ts';
import {
  buildCircuits,
  createCandidate,
  outage,
  say,
  WHOLE,
  type ScriptedCandidate,
} from '../testing/scripted-candidates.ts';
import { createFailoverModel, type FailoverModelOptions } from './failover-model.ts';

const HELLO = [say('Hello'), WHOLE];

function chain(
  models: readonly [ChatModel, ...ChatModel[]],
  options: Partial<FailoverModelOptions> = {},
): ChatModel {
  const [first, ...rest] = models;
  const candidates = [{ model: first }, ...rest.map((model) => ({ model }))] as const;
  return createFailoverModel({ name: 'chain', candidates, circuits: buildCircuits(), ...options });
}

function ask(model: ChatModel, changes: Partial<ChatRequest> = {}) {
  return readStream(model.stream(buildRequest('Well?', changes), neverAborted));
}

function chosen({ name: model, provider }: ChatModel, used?: readonly object[]) {
  return { type: 'model-chosen', model, provider, ...(used && { used }) };
}

describe('a chain of models', () => {
  it('is answered by its first, and asks no other', async () => {
    const [one, two] = [createCandidate('one', HELLO), createCandidate('two', HELLO)];
    const { events } = await ask(chain([one, two]));
    expect(events).toEqual([chosen(one), ...HELLO]);
    expect(two.requests).toHaveLength(0);
  });

  it.each([
    ['fails', outage()],
    ['takes too long', outage('timeout', 'upstream_timeout')],
    ['refuses our key', outage('external', 'upstream_key_refused')],
    ['refuses the request', outage('external', 'upstream_refused')],
    [
      'cannot do what is asked',
      invalid([{ field: 'model', message: 'No' }], 'model.ability_missing'),
    ],
  ])('goes on to the next, unseen, where one %s', async (_what, failure) => {
    const [one, two] = [createCandidate('one', [failure]), createCandidate('two', HELLO)];
    const { events, failure: thrown } = await ask(chain([one, two]));
    expect(thrown).toBeUndefined();
    expect(events).toEqual([chosen(two), ...HELLO]);
    expect(one.requests).toHaveLength(1);
  });

  it.each([
    ['the caller’s mistake', invalid([{ field: 'tools', message: 'No' }])],
    ['a spend limit', new AppError('quota_exceeded', 'full')],
    ['a fault of ours', new TypeError('oops')],
  ])('ends with %s, which no other model mends', async (_what, failure) => {
    const two = createCandidate('two', HELLO);
    const { failure: thrown } = await ask(chain([createCandidate('one', [failure]), two]));
    expect(thrown).toBe(failure);
    expect(two.requests).toHaveLength(0);
  });

  it('fails as its last model did', async () => {
    const late = outage('timeout', 'upstream_timeout');
    const models = [createCandidate('one', [outage()]), createCandidate('two', [late])] as const;
    expect((await ask(chain(models))).failure).toBe(late);
  });

  it('fails as who was asked did, and not as one who was not able to', async () => {
    const unable = invalid([{ field: 'tools', message: 'No' }], 'model.ability_missing');
    const broken = outage();
    const models = [createCandidate('one', [broken]), createCandidate('two', [unable])] as const;
    expect((await ask(chain(models))).failure).toBe(broken);
    expect((await ask(chain([createCandidate('one', [unable])]))).failure).toBe(unable);
  });

  it('is its first alone where no fallbacks are wanted', async () => {
    const [one, two] = [createCandidate('one', [outage()]), createCandidate('two', HELLO)];
    const { failure } = await ask(chain([one, two]), { fallbacks: 'none' });
    expect(failure).toMatchObject({ kind: 'external' });
    expect(two.requests).toHaveLength(0);
  });

  it('takes a stream that ends without a word for a failure', async () => {
    const two = createCandidate('two', HELLO);
    const { events } = await ask(chain([createCandidate('one', []), two]));
    expect(events[0]).toEqual(chosen(two));
  });

  it('throws the reason of a caller who gave up, and asks nobody else', async () => {
    const leaving = new AbortController();
    const two = createCandidate('two', HELLO);
    const model = chain([createCandidate('one', ['silence']), two]);
    const reading = readStream(model.stream(buildRequest('Well?'), leaving.signal));
    const reason = new Error('gone');
    leaving.abort(reason);
    expect((await reading).failure).toBe(reason);
    expect(two.requests).toHaveLength(0);
  });

  it('ends the call of a reader who stops reading', async () => {
    const one = createCandidate('one', HELLO);
    const stream = chain([one]).stream(buildRequest('Well?'), neverAborted);
    for await (const event of stream) {
      expect(event).toEqual(chosen(one));
      break;
    }
    expect(one.ended()).toBe(1);
  });
});

describe('an open circuit', () => {
  it('is passed over, and no call is made', async () => {
    const [one, two] = [createCandidate('one', [outage()]), createCandidate('two', HELLO)];
    const model = chain([one, two], { circuits: buildCircuits(3) });
    for (let count = 0; count < 5; count += 1) {
      expect((await ask(model)).events[0]).toEqual(chosen(two));
    }
    expect(one.requests).toHaveLength(3);
  });

  it('of every model is 503 at once, with the time to wait', async () => {
    const model = chain([createCandidate('one', [outage()])], { circuits: buildCircuits(1) });
    await ask(model);
    const startedAt = performance.now();
    const { failure } = await ask(model);
    expect(performance.now() - startedAt).toBeLessThan(50);
    expect(failure).toMatchObject({
      kind: 'unavailable',
      options: { reason: 'model.circuit_open', retryAfterSeconds: 30 },
    });
  });

  it('counts answers that break off, and not what callers do wrong or give up', async () => {
    const breaking = createCandidate('one', [say('Hel'), outage('external', 'upstream_cut')]);
    const cut = chain([breaking], { circuits: buildCircuits(1) });
    await ask(cut);
    expect((await ask(cut)).failure).toMatchObject({ kind: 'unavailable' });

    const refusing = createCandidate('one', [outage('external', 'upstream_refused')]);
    const refused = chain([refusing], { circuits: buildCircuits(1) });
    await ask(refused);
    expect((await ask(refused)).failure).toMatchObject({ kind: 'external' });

    const silent = chain([createCandidate('one', ['silence'])], { circuits: buildCircuits(1) });
    const giveUp = () =>
      readStream(silent.stream(buildRequest('Well?'), AbortSignal.abort(new Error('gone'))));
    await giveUp();
    expect((await giveUp()).failure).toMatchObject({ message: 'gone' });
  });
});

describe('an answer that breaks off', () => {
  const broken = () => createCandidate('one', [say('Cats sleep '), outage()]);
  const interrupted = (models: readonly ScriptedCandidate[], changes: Partial<ChatRequest>) => {
    const [first = broken(), ...rest] = models;
    return ask(chain([first, ...rest]), changes);
  };
  const CONTINUE = { onInterruption: 'continue' } as const;

  it('ends with its failure where nothing else was asked for', async () => {
    const two = createCandidate('two', HELLO);
    const { events, failure } = await interrupted([broken(), two], {});
    expect(failure).toMatchObject({ kind: 'external' });
    expect(textOf(events)).toBe('Cats sleep ');
    expect(two.requests).toHaveLength(0);
  });

  it('is taken up by the next model, which is told what was said, without repeating it', async () => {
    const two = createCandidate('two', [say('Cats sleep long.'), WHOLE]);
    const { events } = await interrupted([broken(), two], { ...CONTINUE, maxTokens: 100 });
    expect(textOf(events)).toBe('Cats sleep long.');
    const [request] = two.requests;
    expect(request?.turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(request?.turns[1]?.content).toBe('Cats sleep ');
    expect(request?.maxTokens).toBe(97);
  });

  it('tells what each of its models used', async () => {
    const [one, two] = [broken(), createCandidate('two', [say('long.'), WHOLE])];
    const { events } = await interrupted([one, two], CONTINUE);
    const usage = { promptTokens: 6, completionTokens: 3, isEstimated: true };
    const used = [{ model: 'one', provider: 'one-provider', usage }];
    expect(events.filter(({ type }) => type === 'model-chosen')).toEqual([
      chosen(one),
      chosen(two, used),
    ]);
    expect(events.at(-1)).toEqual(WHOLE);
  });

  it('is taken up more than once, each time by a model that has not been asked', async () => {
    const two = createCandidate('two', [say('long '), outage()]);
    const three = createCandidate('three', [say('and well.'), WHOLE]);
    const { events } = await interrupted([broken(), two, three], CONTINUE);
    expect(textOf(events)).toBe('Cats sleep long and well.');
    expect([two, three].map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  it('fails as it broke off where nobody takes it up', async () => {
    const cut = outage('external', 'upstream_cut');
    const one = createCandidate('one', [say('Cats'), cut]);
    const two = createCandidate('two', [outage('timeout', 'upstream_timeout')]);
    expect((await interrupted([one, two], CONTINUE)).failure).toBe(cut);
  });

  it('is not taken up by a model that only begins answers', async () => {
    const two = createCandidate('two', HELLO);
    const candidates = [{ model: broken() }, { model: two, canContinue: false }] as const;
    const model = createFailoverModel({ name: 'chain', candidates, circuits: buildCircuits() });
    expect((await ask(model, CONTINUE)).failure).toMatchObject({ kind: 'external' });
    expect(two.requests).toHaveLength(0);
  });

  it('is never taken up in a call of a tool, or in a document of a format', async () => {
    const two = createCandidate('two', HELLO);
    const piece = {
      type: 'tool-call-delta',
      index: 0,
      id: 'c',
      name: 'f',
      arguments: '{"a',
    } as const;
    const calling = createCandidate('one', [piece, outage()]);
    expect((await interrupted([calling, two], CONTINUE)).failure).toBeDefined();
    const format = { ...CONTINUE, responseFormat: { type: 'json' } } as const;
    expect((await interrupted([broken(), two], format)).failure).toBeDefined();
    expect(two.requests).toHaveLength(0);
  });

  it('is not taken up where its budget ended it', async () => {
    const full = new AppError('quota_exceeded', 'full');
    const two = createCandidate('two', HELLO);
    const one = createCandidate('one', [say('Cats'), full]);
    expect((await interrupted([one, two], CONTINUE)).failure).toBe(full);
    expect(two.requests).toHaveLength(0);
  });
});

describe('an answer that another process began', () => {
  it('goes on from what was told, and tells what is new', async () => {
    const model = createCandidate('one', [say('Hello, my dear'), WHOLE]);
    const { events } = await ask(chain([model]), { said: 'Hello, my' });
    expect(textOf(events)).toBe(' dear');
    const [request] = model.requests;
    expect(request?.turns.at(-2)).toEqual({ role: 'assistant', content: 'Hello, my' });
    expect(request).not.toHaveProperty('said');
  });

  it('is begun anew by a model that cannot go on, and what was told is left out', async () => {
    const model = createCandidate('one', [say('Hello, '), say('my dear'), WHOLE]);
    const candidates = [{ model, canContinue: false }] as const;
    const { events } = await ask(chain([model], { candidates }), { said: 'Hello, my' });
    expect(textOf(events)).toBe(' dear');
    expect(model.requests[0]?.turns).toHaveLength(1);
  });
});
