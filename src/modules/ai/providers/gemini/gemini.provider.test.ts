import { describe, expect, it } from 'vitest';
import type { ChatRequest, ChatTurn } from '../../chat-model.ts';
import { WEATHER } from '../../testing/ability-requests.ts';
import { startEndpoint } from '../../testing/ask-endpoint.ts';
import {
  buildCallDependencies,
  buildPolicy,
  buildRequest,
  neverAborted,
  readStream,
} from '../../testing/chat-requests.ts';
import { buildBench } from '../../testing/provider-subjects.ts';
import { frame, openStream } from '../../testing/scripted-endpoint.ts';
import { WIRES } from '../../testing/wire-frames.ts';
import { createGeminiProvider } from './gemini.provider.ts';

const { text, finish } = WIRES.gemini;

type Options = { readonly frames?: string; readonly model?: string };

async function ask(request: ChatRequest, { frames = text('fine') + finish, model }: Options = {}) {
  const endpoint = await startEndpoint((response) => {
    openStream(response);
    response.end(frames);
  });
  const bench = buildBench('gemini', new URL(endpoint.baseUrl).origin);
  const asked = model ? bench.provider.createChatModel(model) : bench.model;
  const reading = await readStream(asked.stream(request, neverAborted));
  return { ...reading, model: asked, sent: bench.sent, body: bench.sent[0]?.body };
}

function parts(...each: object[]): string {
  return frame({ candidates: [{ content: { role: 'model', parts: each } }] });
}

function stopped(finishReason: string): string {
  return frame({ candidates: [{ finishReason }], usageMetadata: { promptTokenCount: 7 } });
}

const CALL = { functionCall: { name: 'get_weather', args: { city: 'Bern' } } };

describe('what is sent', () => {
  it('has the system beside the turns, and all results of tools in one turn, by the names of their tools', async () => {
    const call = { name: 'get_weather', arguments: '{"city":"Bern"}' };
    const { body, sent } = await ask(
      buildRequest('', {
        turns: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Weather?' },
          {
            role: 'assistant',
            content: '',
            toolCalls: [
              { ...call, id: 'a' },
              { ...call, id: 'b' },
            ],
          },
          { role: 'tool', content: 'sunny', toolCallId: 'a' },
          { role: 'tool', content: 'rain', toolCallId: 'b' },
        ],
      }),
    );
    const args = { city: 'Bern' };
    const result = (id: string, output: string) => ({
      functionResponse: { id, name: 'get_weather', response: { output } },
    });
    expect(body).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      generationConfig: { temperature: 0.2, maxOutputTokens: 300 },
      contents: [
        { role: 'user', parts: [{ text: 'Weather?' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { id: 'a', name: 'get_weather', args } },
            { functionCall: { id: 'b', name: 'get_weather', args } },
          ],
        },
        { role: 'user', parts: [result('a', 'sunny'), result('b', 'rain')] },
      ],
    });
    expect(sent[0]?.url).toMatch(
      /\/v1beta\/models\/gemini-2.5-flash:streamGenerateContent\?alt=sse$/,
    );
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [{ name: 'get_weather' }, { mode: 'ANY', allowedFunctionNames: ['get_weather'] }],
  ] as const)('chooses tools by %j as %j', async (toolChoice, expected) => {
    const { body } = await ask(buildRequest('Weather?', { tools: [WEATHER], toolChoice }));
    expect(body).toMatchObject({ toolConfig: { functionCallingConfig: expected } });
  });

  it('holds strict tools to their schemas', async () => {
    const { body } = await ask(
      buildRequest('Weather?', { tools: [{ ...WEATHER, isStrict: true }] }),
    );
    expect(body).toMatchObject({ toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } } });
  });

  it('tells later models how hard to think, and not how long', async () => {
    const request = buildRequest('Well?', { reasoningEffort: 'minimal' });
    const { body } = await ask(request, { model: 'gemini-3-flash-preview' });
    expect(body).toMatchObject({
      generationConfig: { thinkingConfig: { thinkingLevel: 'MINIMAL' } },
    });
  });
});

describe('a call of a tool', () => {
  const request = buildRequest('Weather?', { tools: [WEATHER] });

  it('comes whole, and gets an id where it has none', async () => {
    const frames = parts(CALL, { functionCall: { id: 'own', name: 'now' } }) + stopped('STOP');
    const { events } = await ask(request, { frames });
    expect(events).toMatchObject([
      { index: 0, id: expect.stringMatching(/^call_/), arguments: '{"city":"Bern"}' },
      { index: 1, id: 'own', name: 'now', arguments: '{}' },
      { type: 'finish', reason: 'tool_calls' },
    ]);
  });

  it('goes back with what the model signed it with, and else with the word for no signature', async () => {
    const frames = parts({ ...CALL, thoughtSignature: 'c2lnbmVk' }) + stopped('STOP');
    const { events, model, sent } = await ask(request, { frames, model: 'gemini-3-pro' });
    const signed = events.find(({ type }) => type === 'tool-call-delta');
    const ids = [signed?.type === 'tool-call-delta' ? (signed.id ?? '') : '', 'foreign'];
    for (const id of ids) {
      const turns: ChatTurn[] = [
        { role: 'assistant', content: '', toolCalls: [{ id, name: 'get_weather', arguments: '' }] },
        { role: 'tool', content: 'sunny', toolCallId: id },
      ];
      await readStream(model.stream(buildRequest('', { turns }), neverAborted));
    }
    const signatures = sent.slice(1).map(({ body }) => body);
    expect(signatures).toMatchObject([
      { contents: [{ parts: [{ thoughtSignature: 'c2lnbmVk' }] }, {}] },
      { contents: [{ parts: [{ thoughtSignature: 'skip_thought_signature_validator' }] }, {}] },
    ]);
  });
});

describe('an answer', () => {
  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['SOMETHING_NEW', 'stop'],
  ])('ends by %s as %s', async (wire, reason) => {
    const { events } = await ask(buildRequest('Well?'), { frames: text('fine') + stopped(wire) });
    expect(events.at(-1)).toMatchObject({
      reason,
      usage: { promptTokens: 7, completionTokens: 0 },
    });
  });

  it('that was never begun, since the question was blocked, is one that was filtered', async () => {
    const frames = frame({ promptFeedback: { blockReason: 'SAFETY' } });
    const { events } = await ask(buildRequest('Well?'), { frames });
    expect(events).toMatchObject([{ type: 'finish', reason: 'content_filter' }]);
  });

  it('that calls a tool wrongly is none', async () => {
    const { failure } = await ask(buildRequest('Well?'), {
      frames: stopped('MALFORMED_FUNCTION_CALL'),
    });
    expect(failure).toMatchObject({ kind: 'external', options: { reason: 'upstream_error' } });
  });
});

describe('a refusal', () => {
  it('is waited for as long as its details say', async () => {
    const endpoint = await startEndpoint((response) => {
      const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3.2s' };
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { status: 'RESOURCE_EXHAUSTED', details: [retry] } }));
    });
    const policy = buildPolicy();
    const { model } = buildBench('gemini', new URL(endpoint.baseUrl).origin, { policy });
    const { failure } = await readStream(model.stream(buildRequest('Well?'), neverAborted));
    expect(policy.waitsMs).toEqual([4000, 4000]);
    expect(failure).toMatchObject({
      options: { reason: 'upstream_rate_limited', retryAfterSeconds: 4 },
      cause: { message: 'GeminiRefusal, status 429, RESOURCE_EXHAUSTED' },
    });
  });
});

describe('an endpoint without a key', () => {
  it('is sent none', async () => {
    const endpoint = await startEndpoint((response) => {
      openStream(response);
      response.end(text('fine') + finish);
    });
    const provider = createGeminiProvider(
      {
        getConnection: async () => ({
          apiKey: undefined,
          baseUrl: new URL(endpoint.baseUrl).origin,
        }),
        httpClient: { request: () => Promise.reject(new Error('not called')) },
      },
      buildCallDependencies(),
    );
    const model = provider.createChatModel('gemini-2.5-flash');
    const { failure } = await readStream(model.stream(buildRequest('Well?'), neverAborted));
    expect(failure).toBeUndefined();
    expect(endpoint.calls[0]?.headers).not.toHaveProperty('x-goog-api-key');
  });
});
