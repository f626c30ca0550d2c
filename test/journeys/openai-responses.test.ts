import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { uploadAndWait, type Client } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { newcomer } from '#test/openai-client';
import { startTestService, type TestService } from '#test/service';

const MODEL = 'gpt-4o-mini';
const BERN = '{"city":"Bern"}';
const LEAVE = 'Every employee has 28 days of paid leave a year.';
const WEATHER = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
} as const;

let model: ModelServer;
let test: TestService;
let openai: OpenAI;
let client: Client;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  scriptModel(model);
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'sk-upstream',
    LLM_MODEL: MODEL,
    LLM_RETRIES: '1',
  });
  ({ client, openai } = await newcomer(test.baseUrl));
});
afterAll(async () => {
  await test.close();
  await model.close();
});

describe('a response', () => {
  it('is whole at once, and is there to be read until it is deleted', async () => {
    const asked = { model: MODEL, input: 'Say much', metadata: { topic: 'words' } };
    const response = await openai.responses.create(asked);
    expect(response.output_text).toMatch(/^w0000 .* w0199 $/);
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model: MODEL,
      metadata: { topic: 'words' },
      usage: { input_tokens: 40, output_tokens: 200, total_tokens: 240 },
    });
    const kept = await openai.responses.retrieve(response.id);
    expect({ ...kept, _request_id: null }).toEqual({ ...response, _request_id: null });
    await openai.responses.delete(response.id);
    await expect(openai.responses.retrieve(response.id)).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });

  it('comes by the events of the protocol, numbered, and is then kept', async () => {
    const events = await read({ model: MODEL, input: 'Say much' });
    expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
    expect([...new Set(events.map(({ type }) => type))]).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
    const text = deltas.map((event) => ('delta' in event ? event.delta : '')).join('');
    const last = events.at(-1);
    if (last?.type !== 'response.completed') throw new Error('the stream did not complete');
    expect(last.response.output).toMatchObject([{ content: [{ text }] }]);
    expect(await openai.responses.retrieve(last.response.id)).toMatchObject({
      status: 'completed',
      output: last.response.output,
    });
  });

  it('that is not to be kept is not', async () => {
    const response = await openai.responses.create({ model: MODEL, input: 'Hello', store: false });
    await expect(openai.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
  });

  it('lists what it was asked with, page by page', async () => {
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }) as const);
    const { id } = await openai.responses.create({ model: MODEL, input });
    const items = await Array.fromAsync(openai.responses.inputItems.list(id, { limit: 2 }));
    const texts = items.map((item) => ('content' in item ? item.content : []));
    expect(texts).toEqual(['three', 'two', 'one'].map((text) => [{ type: 'input_text', text }]));
  });

  it('is cut at the limit of its tokens, and says so', async () => {
    const response = await openai.responses.create({ model: MODEL, input: 'cut short' });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
  });

  it('is nobody else’s', async () => {
    const { id } = await openai.responses.create({ model: MODEL, input: 'Hello' });
    const stranger = (await newcomer(test.baseUrl)).openai;
    await expect(stranger.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(stranger.responses.delete(id)).rejects.toMatchObject({ status: 404 });
    const following = { model: MODEL, input: 'And?', previous_response_id: id };
    await expect(stranger.responses.create(following)).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
    expect((await openai.responses.retrieve(id)).id).toBe(id);
  });
});

describe('a conversation', () => {
  it('goes on from a response, without its instructions', async () => {
    const first = await openai.responses.create({
      model: MODEL,
      input: 'The word is heron',
      instructions: 'Be brief',
    });
    const second = await openai.responses.create({
      model: MODEL,
      input: 'Which word?',
      instructions: 'Be long',
      previous_response_id: first.id,
    });
    expect(second.previous_response_id).toBe(first.id);
    expect(model.lastMessages()).toEqual([
      { role: 'system', content: 'Be long' },
      { role: 'user', content: 'The word is heron' },
      { role: 'assistant', content: first.output_text },
      { role: 'user', content: 'Which word?' },
    ]);
  });

  it('gives the results of functions back to the model that called them', async () => {
    const first = await openai.responses.create({
      model: MODEL,
      input: 'How is the weather?',
      tools: [WEATHER],
    });
    const [call] = first.output;
    if (call?.type !== 'function_call') throw new Error('the model called no function');
    expect(call).toMatchObject({ name: 'get_weather', arguments: BERN, status: 'completed' });
    const second = await openai.responses.create({
      model: MODEL,
      tools: [WEATHER],
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: call.call_id, output: 'sunny' }],
    });
    expect(second.output_text).toBe('It is sunny in Bern.');
  });

  it('tells of a call of a function while the model writes it', async () => {
    const stream = openai.responses.stream({
      model: MODEL,
      input: 'How is the weather?',
      tools: [WEATHER],
    });
    const types = new Set<string>();
    stream.on('event', ({ type }) => types.add(type));
    const { output } = await stream.finalResponse();
    expect(output).toMatchObject([{ type: 'function_call', arguments: BERN }]);
    expect(types).toContain('response.function_call_arguments.delta');
    expect(types).toContain('response.function_call_arguments.done');
  });

  it('whose call is not answered is refused before a model is asked', async () => {
    const before = model.mock.getRequests().length;
    const input = [
      { role: 'user', content: 'Hello' },
      { type: 'function_call_output', call_id: 'call_of_nobody', output: 'sunny' },
    ] as const;
    await expect(
      openai.responses.create({ model: MODEL, input: [...input] }),
    ).rejects.toMatchObject({ status: 400, param: 'input' });
    expect(model.mock.getRequests()).toHaveLength(before);
  });

  it('has the shape that it asked for', async () => {
    const response = await openai.responses.parse({
      model: MODEL,
      input: 'Which capital?',
      text: { format: zodTextFormat(z.object({ city: z.string() }), 'capital') },
    });
    expect(response.output_parsed).toEqual({ city: 'Bern' });
  });
});

describe('documents', () => {
  it('are searched for an answer, which quotes them', async () => {
    const project = (await client.post('/projects', { name: 'Handbook' })).body;
    await uploadAndWait(client, project.id, { name: 'leave.txt', content: LEAVE });
    const events = await read({
      model: 'builtin-extractive',
      input: 'How many days of paid leave?',
      tools: [{ type: 'file_search', vector_store_ids: [`vs_${project.id}`] }],
    });
    const last = events.at(-1);
    if (last?.type !== 'response.completed') throw new Error('the stream did not complete');
    const [search, message] = last.response.output;
    expect(search).toMatchObject({
      type: 'file_search_call',
      queries: ['How many days of paid leave?'],
    });
    expect(message).toMatchObject({
      content: [{ annotations: [{ type: 'file_citation', filename: 'leave.txt' }] }],
    });
  });

  it('of another team are not there', async () => {
    const project = (await client.post('/projects', { name: 'Secret' })).body;
    const stranger = (await newcomer(test.baseUrl)).openai;
    const asked = stranger.responses.create({
      model: MODEL,
      input: 'What is there?',
      tools: [{ type: 'file_search', vector_store_ids: [`vs_${project.id}`] }],
    });
    await expect(asked).rejects.toMatchObject({ status: 404, code: null });
  });
});

describe('a model that fails', () => {
  it('before its answer is a status', async () => {
    const asked = openai.responses.create({ model: MODEL, input: 'refuse me', stream: true });
    await expect(asked).rejects.toBeInstanceOf(OpenAI.InternalServerError);
  });

  it('in the middle ends the stream with a failed response, which is kept', async () => {
    const events = await read({ model: MODEL, input: 'break off' });
    const last = events.at(-1);
    if (last?.type !== 'response.failed') throw new Error('the stream did not fail');
    expect(last.sequence_number).toBe(events.length - 1);
    expect(last.response).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    expect(await openai.responses.retrieve(last.response.id)).toMatchObject({
      status: 'failed',
      output: last.response.output,
    });
  });
});

it.each([
  ['background', { background: true }],
  ['truncation', { truncation: 'auto' }],
  ['tools.0', { tools: [{ type: 'web_search' }] }],
  ['conversation', { conversation: 'conv_1' }],
  ['surprise', { surprise: true }],
] as const)('refuses %s, which it could not do', async (_param, more) => {
  const body = { model: MODEL, input: 'Hello', ...more };
  const asked = openai.post('/responses', { body });
  await expect(asked).rejects.toMatchObject({ status: 400, type: 'invalid_request_error' });
});

function read(asked: OpenAI.Responses.ResponseCreateParamsNonStreaming) {
  return openai.responses
    .create({ ...asked, stream: true })
    .then((stream) => Array.fromAsync<ResponseStreamEvent>(stream));
}

function scriptModel({ mock }: ModelServer): void {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  mock.prependFixture({
    match: { userMessage: 'weather', hasToolResult: true },
    response: { content: 'It is sunny in Bern.' },
  });
  mock.prependFixture({
    match: { userMessage: 'weather', hasToolResult: false },
    response: { toolCalls: [{ name: 'get_weather', arguments: BERN }] },
  });
  mock.prependFixture({ match: { userMessage: 'capital' }, response: { content: BERN } });
  mock.prependFixture({
    match: { userMessage: 'cut short' },
    response: { content: 'one two', finishReason: 'length', usage },
  });
  const refusal = { error: { message: 'no' }, status: 500 };
  mock.prependFixture({ match: { userMessage: 'refuse me' }, response: refusal });
  mock.prependFixture({
    match: { userMessage: 'break off' },
    response: { content: 'one two three four five six seven eight', usage },
    chunkSize: 4,
    latency: 20,
    truncateAfterChunks: 6,
  });
}
