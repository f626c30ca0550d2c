import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatModel } from './chat-model.ts';
import { createBuiltinChatModel } from './providers/builtin/builtin-chat.ts';
import {
  buildOpenAiModel,
  buildPassage,
  buildRequest,
  neverAborted,
  readStream,
  textOf,
} from './testing/chat-requests.ts';

const SENTENCE = 'The guarantee lasts two years from the day of purchase.';
const request = buildRequest('How long is the guarantee?', { passages: [buildPassage(SENTENCE)] });

const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 8 });

beforeAll(async () => {
  const usage = { prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 };
  mock.onMessage('guarantee', { content: `"${SENTENCE}" [1]`, usage });
  await mock.start();
});
afterAll(() => mock.stop());

const models: readonly (readonly [string, () => ChatModel])[] = [
  ['the built-in model', createBuiltinChatModel],
  ['a model behind an OpenAI-compatible endpoint', () => buildOpenAiModel(`${mock.url}/v1`)],
];

describe.each(models)('%s', (_name, createModel) => {
  it('streams the answer in pieces and finishes once, at the end, with what it used', async () => {
    const { events, failure } = await readStream(createModel().stream(request, neverAborted));
    expect(failure).toBeUndefined();
    expect(textOf(events)).toBe(`"${SENTENCE}" [1]`);
    expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(3);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({
      type: 'finish',
      reason: 'stop',
      usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
    });
  });

  it('throws the reason of a signal that was aborted before', async () => {
    const reason = new Error('not wanted any more');
    const { events, failure } = await readStream(
      createModel().stream(request, AbortSignal.abort(reason)),
    );
    expect(failure).toBe(reason);
    expect(events).toEqual([]);
  });

  it('throws the reason of a signal that is aborted midway, and says no more', async () => {
    const reason = new Error('the reader left');
    const controller = new AbortController();
    const events: string[] = [];
    const reading = (async () => {
      for await (const event of createModel().stream(request, controller.signal)) {
        events.push(event.type);
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(events).toEqual(['text-delta']);
  });

  it('lets a reader stop in the middle', async () => {
    let read = 0;
    for await (const event of createModel().stream(request, neverAborted)) {
      read += 1;
      if (event.type === 'text-delta') break;
    }
    expect(read).toBe(1);
  });

  it('gives answers at the same time without mixing them', async () => {
    const model = createModel();
    const readings = await Promise.all(
      [1, 2, 3].map(() => readStream(model.stream(request, neverAborted))),
    );
    for (const { events } of readings) expect(textOf(events)).toBe(`"${SENTENCE}" [1]`);
  });
});
