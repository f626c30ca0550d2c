import { describe, expect, it } from 'vitest';
import { askScripted, startEndpoint } from '../../testing/ask-endpoint.ts';
import {
  buildOpenAiModel,
  buildPolicy,
  buildRequest,
  KEY_CANARY,
  neverAborted,
  readStream,
  textOf,
} from '../../testing/chat-requests.ts';
import {
  DONE_FRAME,
  finishFrame,
  frame,
  openStream,
  textFrame,
  usageFrame,
} from '../../testing/scripted-endpoint.ts';

const request = buildRequest('Say something');

describe('an answer on the wire', () => {
  it('is read past unknown members, comments and other events', async () => {
    const reading = await askScripted((response) => {
      openStream(response);
      response.write(': keep-alive\n\nevent: ping\ndata: {"type":"ping"}\n\n');
      response.write(
        frame({ novelty: [1], choices: [{ delta: { content: 'a', tone: 'x' }, score: 1 }] }),
      );
      response.end(finishFrame() + DONE_FRAME);
    });
    expect(textOf(reading.events)).toBe('a');
    expect(reading.failure).toBeUndefined();
  });

  it('brings each token on before the next one is sent', async () => {
    const read = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const endpoint = await startEndpoint(async (response) => {
      openStream(response);
      response.write(textFrame('first '));
      await read[0]?.promise;
      response.write(textFrame('second '));
      await read[1]?.promise;
      response.end(finishFrame() + DONE_FRAME);
    });
    let tokens = 0;
    for await (const event of buildOpenAiModel(endpoint.baseUrl).stream(request, neverAborted)) {
      if (event.type === 'text-delta') read[tokens++]?.resolve();
    }
    expect(tokens).toBe(2);
  });

  it('carries the usage that the endpoint counted', async () => {
    const reading = await askScripted((response) => {
      openStream(response);
      const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
      response.end(textFrame('x') + finishFrame('length') + usageFrame(usage) + DONE_FRAME);
    });
    expect(reading.events.at(-1)).toEqual({
      type: 'finish',
      reason: 'length',
      usage: { promptTokens: 7, completionTokens: 3, isEstimated: false },
    });
  });

  it.each([
    ['none', ''],
    ['half of it', usageFrame({ prompt_tokens: 7 })],
    ['nonsense', usageFrame({ prompt_tokens: -1, completion_tokens: 'many' })],
  ])('has its usage counted by us where the endpoint sends %s', async (_what, usage) => {
    const reading = await askScripted((response) => {
      openStream(response);
      response.end(textFrame('Hello there') + finishFrame() + usage + DONE_FRAME);
    });
    expect(reading.events.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: { promptTokens: 6, completionTokens: 2, isEstimated: true },
    });
  });

  it('is not waited for once it is whole, though the endpoint keeps the connection', async () => {
    const started = performance.now();
    const reading = await askScripted((response) => {
      openStream(response);
      response.write(textFrame('whole') + finishFrame());
    });
    expect(reading.failure).toBeUndefined();
    expect(reading.events.at(-1)).toMatchObject({ type: 'finish' });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('the call', () => {
  it('asks for a stream with usage, in the roles of the turns, with the configured limits', async () => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.end(textFrame('ok') + finishFrame() + DONE_FRAME);
    });
    const toolCall = { id: 'call_1', name: 'look_up', arguments: '{"a":1}' };
    const turns = [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: '', toolCalls: [toolCall] },
      { role: 'tool', content: '42', toolCallId: 'call_1' },
    ] as const;
    await readStream(
      buildOpenAiModel(endpoint.baseUrl).stream(buildRequest('', { turns }), neverAborted),
    );
    const [call] = endpoint.calls;
    expect(call?.headers.authorization).toBe(`Bearer ${KEY_CANARY}`);
    expect(JSON.parse(call?.body ?? '')).toEqual({
      model: 'gpt-4o-mini',
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.2,
      max_tokens: 300,
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'look_up', arguments: '{"a":1}' } },
          ],
        },
        { role: 'tool', content: '42', tool_call_id: 'call_1' },
      ],
    });
  });

  it('tells the endpoint nothing of the machine, and keeps the query of its address', async () => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.end(textFrame('ok') + finishFrame() + DONE_FRAME);
    });
    const reading = await readStream(
      buildOpenAiModel(`${endpoint.baseUrl}/?api-version=1`).stream(request, neverAborted),
    );
    expect(textOf(reading.events)).toBe('ok');
    const sent = Object.keys(endpoint.calls[0]?.headers ?? {});
    expect(sent.toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ]);
    expect(endpoint.calls[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions?api-version=1',
      headers: { 'user-agent': 'groundwork' },
    });
  });

  it('sends no sign-in header to an endpoint without a key', async () => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.end(textFrame('ok') + finishFrame() + DONE_FRAME);
    });
    const model = buildOpenAiModel(endpoint.baseUrl, { apiKey: undefined });
    await readStream(model.stream(request, neverAborted));
    expect(endpoint.calls[0]?.headers.authorization).toBeUndefined();
  });

  it('ends at the endpoint as soon as the caller gives up', async () => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.write(textFrame('one '));
    });
    const controller = new AbortController();
    const reason = new Error('the reader left');
    const reading = readStream(
      buildOpenAiModel(endpoint.baseUrl).stream(request, controller.signal),
    );
    await expect.poll(() => endpoint.calls.length).toBe(1);
    controller.abort(reason);
    expect((await reading).failure).toBe(reason);
    await endpoint.callerGone;
  });

  it('ends at the endpoint when the reader stops reading', async () => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.write(textFrame('one '));
    });
    for await (const event of buildOpenAiModel(endpoint.baseUrl).stream(request, neverAborted)) {
      expect(event.type).toBe('text-delta');
      break;
    }
    await endpoint.callerGone;
  });

  it('is given up during a wait between two attempts', async () => {
    const endpoint = await startEndpoint((response) => response.writeHead(500).end());
    const controller = new AbortController();
    const reason = new Error('the reader left');
    const policy = {
      ...buildPolicy(),
      wait: (_delayMs: number, signal: AbortSignal) => {
        controller.abort(reason);
        return Promise.reject<void>(signal.reason);
      },
    };
    const model = buildOpenAiModel(endpoint.baseUrl, { policy });
    const { failure } = await readStream(model.stream(request, controller.signal));
    expect(failure).toBe(reason);
    expect(endpoint.calls).toHaveLength(1);
  });
});
