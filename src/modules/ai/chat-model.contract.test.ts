import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatEvent, ChatTurn, ToolCall } from './chat-model.ts';
import { ABILITIES, type Ability } from './providers/abilities.ts';
import {
  ABILITY_REQUESTS,
  expectedOnWire,
  IMAGE_URL,
  PNG_BASE64,
  WEATHER,
  type ChatAbility,
} from './testing/ability-requests.ts';
import { createAbilityTable } from './testing/ability-table.ts';
import {
  buildPassage,
  buildRequest,
  neverAborted,
  readStream,
  textOf,
} from './testing/chat-requests.ts';
import { mountGeminiBatch } from './testing/gemini-batch.ts';
import {
  buildBench,
  buildBuiltinBench,
  REMOTE_NAMES,
  type Bench,
} from './testing/provider-subjects.ts';

const SENTENCE = 'The guarantee lasts two years from the day of purchase.';
const ANSWER = `"${SENTENCE}" [1]`;
const request = buildRequest('How long is the guarantee?', { passages: [buildPassage(SENTENCE)] });
const ASK_WEATHER = 'What is the weather in Bern?';
const PARIS = { name: 'get_weather', arguments: '{"city":"Paris"}' };
const ROME = { name: 'get_weather', arguments: '{"city":"Rome"}' };

const EMBEDDER = 'text-embedding-3-small';
const VECTOR = [0.5, -1, 2];

const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 8 });
const png = Buffer.from(PNG_BASE64, 'base64');
const httpClient = {
  request: async (url: string) => {
    expect(url).toBe(IMAGE_URL);
    return { status: 200, headers: { 'content-type': 'image/png' }, body: png, url };
  },
};

beforeAll(async () => {
  const openai = { prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 };
  const anthropic = { input_tokens: 12, output_tokens: 9 };
  const gemini = { promptTokenCount: 12, candidatesTokenCount: 9, totalTokenCount: 21 };
  const usage = { ...openai, ...anthropic, ...gemini };
  mock.on({ hasToolResult: true }, { content: 'It is sunny in both.' });
  mock.onMessage('guarantee', { content: ANSWER, usage });
  mock.onMessage('two cities', { toolCalls: [PARIS, ROME] });
  mock.onMessage('at length', { content: 'And so on', finishReason: 'length' });
  mock.onMessage('weather', { toolCalls: [{ ...PARIS, arguments: '{"city":"Bern"}' }] });
  mock.onMessage(/.*/, { content: 'Fine.' });
  mock.onEmbedding(/.*/, { embedding: VECTOR });
  mock.onModerate(/.*/, { flagged: true, categories: { violence: true } });
  mountGeminiBatch(mock, { model: EMBEDDER, values: VECTOR });
  await mock.start();
});
afterAll(async () => {
  process.stdout.write(`\nAbilities by provider, as shown by these tests\n${table.render()}\n\n`);
  await mock.stop();
});

const names = [...REMOTE_NAMES, 'builtin'] as const;
type Name = (typeof names)[number];

const table = createAbilityTable(names, ABILITIES);
function build(name: Name, origin = mock.url): Bench {
  return name === 'builtin' ? buildBuiltinBench() : buildBench(name, origin, { httpClient });
}

describe.each(names)('a model of %s', (name) => {
  it('streams the answer in pieces and finishes once, at the end, with what it used', async () => {
    const { events, failure } = await readStream(build(name).model.stream(request, neverAborted));
    expect(failure).toBeUndefined();
    expect(textOf(events)).toBe(ANSWER);
    expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(3);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
    const counted = { promptTokens: 12, completionTokens: 9, isEstimated: false };
    expect(events.at(-1)).toMatchObject({
      type: 'finish',
      reason: 'stop',
      usage: name === 'builtin' ? { isEstimated: true } : counted,
    });
  });

  it('throws the reason of a signal that was aborted before', async () => {
    const reason = new Error('not wanted any more');
    const { events, failure } = await readStream(
      build(name).model.stream(request, AbortSignal.abort(reason)),
    );
    expect(failure).toBe(reason);
    expect(events).toEqual([]);
  });

  it('throws the reason of a signal that is aborted midway, and says no more', async () => {
    const reason = new Error('the reader left');
    const controller = new AbortController();
    const events: string[] = [];
    const reading = (async () => {
      for await (const event of build(name).model.stream(request, controller.signal)) {
        events.push(event.type);
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(events).toEqual(['text-delta']);
  });

  it('lets a reader stop in the middle', async () => {
    let read = 0;
    for await (const event of build(name).model.stream(request, neverAborted)) {
      read += 1;
      if (event.type === 'text-delta') break;
    }
    expect(read).toBe(1);
  });

  it('gives answers at the same time without mixing them', async () => {
    const { model } = build(name);
    const readings = await Promise.all(
      [1, 2, 3].map(() => readStream(model.stream(request, neverAborted))),
    );
    for (const { events } of readings) expect(textOf(events)).toBe(ANSWER);
  });
});

describe.each(REMOTE_NAMES)('tools of %s', (name) => {
  const ask = async (turns: readonly ChatTurn[]) => {
    const bench = build(name);
    const asked = buildRequest('', { turns, tools: [WEATHER] });
    const { events, failure } = await readStream(bench.model.stream(asked, neverAborted));
    expect(failure).toBeUndefined();
    return { events, sent: bench.sent[0]?.body };
  };
  const user = (content: string): ChatTurn => ({ role: 'user', content });

  it('are called with whole arguments, and the answer ends with the calls', async () => {
    const { events } = await ask([user(ASK_WEATHER)]);
    expect(callsOf(events)).toEqual([
      { id: expect.stringMatching(/./), name: 'get_weather', arguments: '{"city":"Bern"}' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool_calls' });
  });

  it('are called several at once, each under its own index and id', async () => {
    const { events } = await ask([user('Compare two cities')]);
    const calls = callsOf(events);
    expect(calls.map(({ arguments: input }) => JSON.parse(input))).toEqual([
      { city: 'Paris' },
      { city: 'Rome' },
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  });

  it('get their results in the next turn, however many', async () => {
    const toolCalls = [
      { ...PARIS, id: 'call_1' },
      { ...ROME, id: 'call_2' },
    ];
    const { events } = await ask([
      { role: 'system', content: 'Be short.' },
      user('Compare two cities'),
      { role: 'assistant', content: '', toolCalls },
      { role: 'tool', content: 'sunny', toolCallId: 'call_1' },
      { role: 'tool', content: 'sunny too', toolCallId: 'call_2' },
    ]);
    expect(textOf(events)).toBe('It is sunny in both.');
    expect(events.at(-1)).toMatchObject({ reason: 'stop' });
  });
});

describe.each(REMOTE_NAMES)('an answer of %s', (name) => {
  it('that is cut at its limit says so', async () => {
    const asked = buildRequest('Tell me at length', { maxTokens: 3 });
    const { events } = await readStream(build(name).model.stream(asked, neverAborted));
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'length' });
  });
});

const cases = names.flatMap((name) => {
  const { abilities } = build(name, 'http://not-called.invalid').provider;
  return ABILITIES.map((ability) => ({ name, ability, isThere: abilities.has(ability) }));
});
const chatCases = cases.flatMap(({ ability, ...each }) =>
  isChatAbility(ability) ? [{ ...each, ability }] : [],
);

describe('an ability', () => {
  it.each(chatCases.filter(({ isThere }) => isThere))(
    '$ability of $name stands on the wire as its protocol has it',
    async ({ name, ability }) => {
      const { failure, sent } = await askFor(name, ability);
      expect(failure).toBeUndefined();
      expect(sent.map(({ body }) => body)).toMatchObject(expectedOnWire(ability, name));
      table.show(ability, name, 'yes');
    },
  );

  it.each(chatCases.filter(({ isThere }) => !isThere))(
    '$ability that $name has not is refused before any call',
    async ({ name, ability }) => {
      const { failure, sent } = await askFor(name, ability);
      expect(failure).toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining(`"${ability}"`),
        options: { reason: 'model.ability_missing' },
      });
      expect(sent).toEqual([]);
      table.show(ability, name, 'refused');
    },
  );

  it.each(cases.filter(({ ability, isThere }) => ability === 'embeddings' && isThere))(
    'to make vectors gives $name one a text',
    async ({ name }) => {
      const embedder = build(name).provider.createEmbeddingModel?.(EMBEDDER, VECTOR.length);
      const embeddings = await embedder?.embed(['a', 'b'], neverAborted);
      expect(embeddings?.vectors.map((vector) => vector.length)).toEqual([3, 3]);
      table.show('embeddings', name, 'yes');
    },
  );

  it.each(cases.filter(({ ability, isThere }) => ability === 'moderations' && isThere))(
    'to moderate gives $name a verdict a text',
    async ({ name }) => {
      const moderations = await build(name).provider.moderate?.({ texts: ['no'] }, neverAborted);
      expect(moderations?.results).toMatchObject([
        { isFlagged: true, categories: { violence: true } },
      ]);
      table.show('moderations', name, 'yes');
    },
  );

  it.each(cases.filter(({ ability, isThere }) => !isChatAbility(ability) && !isThere))(
    'for $ability is not there to be called at $name',
    ({ name, ability }) => {
      const { createEmbeddingModel, moderate } = build(name).provider;
      expect(ability === 'embeddings' ? createEmbeddingModel : moderate).toBeUndefined();
      table.show(ability, name, 'refused');
    },
  );
});

async function askFor(name: Name, ability: ChatAbility) {
  const { model, sent } = build(name);
  const asked = buildRequest('What is six times seven?', ABILITY_REQUESTS[ability]);
  return { ...(await readStream(model.stream(asked, neverAborted))), sent };
}

/** The calls of an answer, put together from their pieces. */
function callsOf(events: readonly ChatEvent[]): readonly ToolCall[] {
  const calls: ToolCall[] = [];
  for (const event of events) {
    if (event.type !== 'tool-call-delta') continue;
    const begun = calls[event.index] ?? {
      id: event.id ?? '',
      name: event.name ?? '',
      arguments: '',
    };
    calls[event.index] = { ...begun, arguments: begun.arguments + event.arguments };
  }
  return calls;
}

function isChatAbility(ability: Ability): ability is ChatAbility {
  return Object.hasOwn(ABILITY_REQUESTS, ability);
}
