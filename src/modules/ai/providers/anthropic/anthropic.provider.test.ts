import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../chat-model.ts';
import { startEndpoint } from '../../testing/ask-endpoint.ts';
import { WEATHER } from '../../testing/ability-requests.ts';
import { buildRequest, neverAborted, readStream, textOf } from '../../testing/chat-requests.ts';
import { buildBench } from '../../testing/provider-subjects.ts';
import { openStream } from '../../testing/scripted-endpoint.ts';
import { anthropicEvent as event, WIRES } from '../../testing/wire-frames.ts';

const { start, text, finish, end } = WIRES.anthropic;
const WHOLE = start + text('fine') + finish + end;

async function ask(request: ChatRequest, frames = WHOLE) {
  const endpoint = await startEndpoint((response) => {
    openStream(response);
    response.end(frames);
  });
  const { model, sent } = buildBench('anthropic', new URL(endpoint.baseUrl).origin);
  const reading = await readStream(model.stream(request, neverAborted));
  return { ...reading, body: sent[0]?.body };
}

function toolUse(index: number, pieces: readonly string[], input = {}): string {
  const block = { type: 'tool_use', id: `toolu_${index}`, name: 'get_weather', input };
  return [
    event('content_block_start', { index, content_block: block }),
    ...pieces.map((piece) =>
      event('content_block_delta', {
        index,
        delta: { type: 'input_json_delta', partial_json: piece },
      }),
    ),
    event('content_block_stop', { index }),
  ].join('');
}

function stopped(reason: string): string {
  return (
    event('message_delta', { delta: { stop_reason: reason }, usage: { output_tokens: 9 } }) + end
  );
}

describe('what is sent', () => {
  it('has the system beside the turns, and all results of tools in one turn, before what the user says', async () => {
    const call = { name: 'get_weather', arguments: '{"city":"Bern"}' };
    const { body } = await ask(
      buildRequest('', {
        turns: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Weather?' },
          {
            role: 'assistant',
            content: 'I look.',
            toolCalls: [
              { ...call, id: 'a' },
              { ...call, id: 'b', arguments: 'no JSON' },
            ],
          },
          { role: 'tool', content: 'sunny', toolCallId: 'a' },
          { role: 'tool', content: 'failed', toolCallId: 'b' },
          { role: 'user', content: 'And now?' },
          { role: 'system', content: 'In German.' },
        ],
      }),
    );
    expect(body).toEqual({
      model: 'claude-haiku-4-5',
      max_tokens: 300,
      stream: true,
      system: 'Be brief.\n\nIn German.',
      tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'a', name: 'get_weather', input: { city: 'Bern' } },
            { type: 'tool_use', id: 'b', name: 'get_weather', input: { arguments: 'no JSON' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: 'sunny' },
            { type: 'tool_result', tool_use_id: 'b', content: 'failed' },
            { type: 'text', text: 'And now?' },
          ],
        },
      ],
    });
  });

  it.each([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    [{ name: 'get_weather' }, { type: 'tool', name: 'get_weather' }],
  ] as const)('chooses tools by %j as %j', async (toolChoice, expected) => {
    const { body } = await ask(buildRequest('Weather?', { tools: [WEATHER], toolChoice }));
    expect(body).toMatchObject({ tool_choice: expected });
  });

  it('puts what the endpoint takes of no schema into descriptions', async () => {
    const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 3 } } };
    const responseFormat = { type: 'json_schema', name: 'person', schema } as const;
    const { body } = await ask(buildRequest('Who?', { responseFormat }));
    expect(body).toMatchObject({
      output_config: {
        format: {
          schema: {
            additionalProperties: false,
            properties: {
              age: { type: 'integer', description: expect.stringContaining('minimum') },
            },
          },
        },
      },
    });
  });

  it.each<readonly [string, Partial<ChatRequest>, string]>([
    [
      'a schema that says no type',
      { responseFormat: { type: 'json_schema', name: 'any', schema: { title: 'Any' } } },
      'schema.unsupported',
    ],
    [
      'JSON without a schema beside tools',
      { responseFormat: { type: 'json' }, tools: [WEATHER] },
      'model.ability_missing',
    ],
    [
      'an image of another kind',
      {
        turns: [
          {
            role: 'user',
            content: 'This?',
            images: [{ kind: 'inline', mimeType: 'image/tiff', base64: 'AAAA' }],
          },
        ],
      },
      'image.type_unsupported',
    ],
  ])('is refused before any call for %s', async (_what, changes, reason) => {
    const { failure, body } = await ask(buildRequest('Well?', changes));
    expect(failure).toMatchObject({ kind: 'invalid', options: { reason } });
    expect(body).toBeUndefined();
  });
});

describe('what is answered', () => {
  it('has calls of tools piece by piece, and whole JSON for one without arguments', async () => {
    const frames =
      start + toolUse(2, ['{"city"', ':"Bern"}']) + toolUse(3, ['']) + stopped('tool_use');
    const { events } = await ask(buildRequest('Weather?', { tools: [WEATHER] }), frames);
    expect(events).toMatchObject([
      { type: 'tool-call-delta', index: 0, id: 'toolu_2', name: 'get_weather', arguments: '' },
      { index: 0, arguments: '{"city"' },
      { index: 0, arguments: ':"Bern"}' },
      { index: 1, id: 'toolu_3', arguments: '' },
      { index: 1, arguments: '{}' },
      { type: 'finish', reason: 'tool_calls' },
    ]);
  });

  it('is text where the tool was ours, for JSON without a schema', async () => {
    const frames = start + toolUse(2, ['{"answer"', ':42}']) + stopped('tool_use');
    const responseFormat = { type: 'json' } as const;
    const { events } = await ask(buildRequest('In JSON', { responseFormat }), frames);
    expect(textOf(events)).toBe('{"answer":42}');
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['something_new', 'stop'],
  ])('ends by %s as %s', async (wire, reason) => {
    const { events } = await ask(buildRequest('Well?'), start + text('fine') + stopped(wire));
    expect(events.at(-1)).toMatchObject({
      reason,
      usage: { promptTokens: 100, completionTokens: 9, cachedTokens: 40 },
    });
  });
});
