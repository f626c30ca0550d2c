import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll, readSome } from '../../src/modules/chat/testing/read-chat.ts';
import { createChatter } from '#test/chatter';
import { signUp, type Json } from '#test/client';
import { COST_OF_AN_ANSWER, startPricedModel, type PricedModel } from '#test/priced-model';

const USAGE = { prompt_tokens: 40, completion_tokens: 200 };
const asking = (content = 'Tell me much') => ({ messages: [{ role: 'user', content }] });

let priced: PricedModel;

beforeAll(async () => {
  priced = await startPricedModel();
});
afterAll(() => priced.close());
beforeEach(() => priced.wire.reset());

describe('a question to a model by itself', () => {
  it('is answered whole, by which model and at which cost, and billed once for its project', async () => {
    const { client, usage } = await createChatter(priced.test);
    const project = (await client.post('/projects', { name: 'Paying' })).body;
    const question = { ...asking(), project_id: project.id };
    const { status, headers, body } = await client.post('/ai/chat', question);
    expect(status).toBe(200);
    expect(headers.get('ratelimit-policy')).toContain('chat-free');
    expect(body).toMatchObject({
      id: expect.any(String),
      model: 'test-model',
      provider: 'openai',
      message: { role: 'assistant', content: expect.stringMatching(/^w0000 .* w0199 $/) },
      finish_reason: 'stop',
      usage: { ...USAGE, cached_tokens: 0, reasoning_tokens: 0, cost: COST_OF_AN_ANSWER },
    });
    expect(await usage()).toEqual([
      { metric: 'ai_requests', amount: 1, costMicros: 0 },
      { metric: 'ai_tokens', amount: 240, costMicros: COST_OF_AN_ANSWER * 1e6 },
    ]);
    const { items } = (await client.get('/usage/summary?group_by=project')).body;
    expect(items).toMatchObject([{ key: project.id, cost: COST_OF_AN_ANSWER }]);
  });

  it('sends the conversation as it was written, orders and tools included', async () => {
    const { client } = await signUp(priced.test.baseUrl);
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ name: 'weather', description: 'Tells it', parameters }];
    priced.mock.prependFixture({
      match: { userMessage: /weather in Ulm/ },
      response: { toolCalls: [{ name: 'weather', arguments: '{"city":"Ulm"}' }] },
    });
    const question = { role: 'user', content: 'The weather in Ulm?' };
    const orders = { role: 'system', content: 'Use tools.' };
    const first = await client.post('/ai/chat', { messages: [orders, question], tools });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ name: 'weather', arguments: '{"city":"Ulm"}' }] },
    });
    const { message } = first.body;
    const answer = {
      role: 'tool',
      tool_call_id: message.tool_calls[0].id,
      content: 'Rain.',
    };
    const messages = [orders, question, message, answer];
    await client.post('/ai/chat', { messages, tools, temperature: 0, max_tokens: 50 });
    const sent: Json = JSON.parse(priced.wire.calls.at(-1)?.body ?? '{}');
    expect(sent).toMatchObject({
      model: 'test-model',
      max_tokens: 50,
      temperature: 0,
      messages: [orders, question, { role: 'assistant' }, answer],
    });
    expect(sent.tools[0].function).toMatchObject({ name: 'weather', parameters });
  });

  it('is answered by text for a prompt', async () => {
    const { client } = await signUp(priced.test.baseUrl);
    const { status, body } = await client.post('/ai/completions', { prompt: 'Once upon' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      text: expect.stringMatching(/^w0000 /),
      finish_reason: 'stop',
      usage: { ...USAGE, cost: COST_OF_AN_ANSWER },
    });
  });

  it('is answered with the first answer again for one idempotency key, and billed once', async () => {
    const { client, usage } = await createChatter(priced.test);
    const send = (body: object, key: string) =>
      client.request('POST', '/ai/chat', {
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      });
    const key = randomUUID();
    const answers = [await send(asking(), key), await send(asking(), key)];
    const [first, again] = await Promise.all(answers.map((answer) => answer.json()));
    expect(again).toEqual(first);
    expect(await usage()).toHaveLength(2);
    expect((await send({ ...asking(), stream: true }, randomUUID())).status).toBe(422);
  });

  it.each<readonly [string, object, string]>([
    ['no message', { messages: [] }, 'messages'],
    ['an unknown role', { messages: [{ role: 'root', content: 'x' }] }, 'messages.0.role'],
    ['an unknown model', { ...asking(), model: 'nobody' }, 'model'],
    ['an answer to no call', { messages: [{ role: 'tool', content: 'x' }] }, 'messages'],
    ['a NUL', { messages: [{ role: 'user', content: 'a\0b' }] }, 'messages.0.content'],
    ['a negative temperature', { ...asking(), temperature: -1 }, 'temperature'],
    ['no room for an answer', { ...asking(), max_tokens: 0 }, 'max_tokens'],
    ['a choice of no tool', { ...asking(), tool_choice: 'required' }, 'tool_choice'],
    [
      'an image of a private page',
      { messages: [{ role: 'user', content: 'x', images: ['http://127.0.0.1/a.png'] }] },
      'messages.0.images.0',
    ],
    [
      'a format without its schema',
      { ...asking(), response_format: { type: 'json_schema' } },
      'response_format.name',
    ],
    [
      'a schema of no format',
      { ...asking(), response_format: { type: 'json', schema: { type: 'object' } } },
      'response_format.schema',
    ],
    ['an unknown member', { ...asking(), n: 2 }, 'n'],
  ])('is refused with %s', async (_what, body, field) => {
    const { client } = await signUp(priced.test.baseUrl);
    const answer = await client.post('/ai/chat', body);
    expect(answer.status).toBe(422);
    const fields: readonly string[] = answer.body.errors.map((error: Json) => error.field);
    expect(fields.some((each) => each.startsWith(field))).toBe(true);
    expect(priced.wire.calls).toEqual([]);
  });
});

describe('a stream of it', () => {
  it('tells who answers, the words, the tools and the bill, each once and in order', async () => {
    const { client } = await signUp(priced.test.baseUrl);
    const { response, events } = await client.stream('/ai/chat', { ...asking(), stream: true });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const seen = await readAll(events);
    const told: readonly Json[] = seen.map(({ data }) => data);
    expect(told[0]).toMatchObject({ type: 'session', model: 'test-model', provider: 'openai' });
    const tokens = told.filter(({ type }) => type === 'token');
    expect(tokens.map(({ content }) => content).join('')).toMatch(/^w0000 .* w0199 $/);
    expect(told.at(-2)).toEqual({
      type: 'usage',
      ...USAGE,
      cached_tokens: 0,
      reasoning_tokens: 0,
      cost: COST_OF_AN_ANSWER,
      model: 'test-model',
      finish_reason: 'stop',
    });
    expect(told.at(-1)).toBe('[DONE]');
    expect(seen.slice(0, -1).map(({ id }) => Number(id))).toEqual(
      seen.slice(0, -1).map((_, index) => index + 1),
    );
  });

  it('is let go by its reader, which stops the provider and bills what was said, once', async () => {
    const { client, usage } = await createChatter(priced.test);
    priced.wire.holdAfter(5);
    const leaving = new AbortController();
    const init = { signal: leaving.signal };
    const { events } = await client.stream('/ai/chat', { ...asking(), stream: true }, init);
    await readSome(events, 3);
    leaving.abort();
    await priced.wire.calls[0]?.abandoned;
    await expect.poll(usage, { interval: 20 }).toHaveLength(2);
    const [, tokens] = await usage();
    expect(tokens?.amount).toBeLessThan(100);
    expect(tokens?.costMicros).toBeGreaterThan(0);
  });

  it('ends with an error, and never with a bill, where the provider fails', async () => {
    const { client, usage } = await createChatter(priced.test);
    priced.mock.prependFixture({
      match: { userMessage: /refuse me/ },
      response: { error: { message: 'CANARY of the provider' }, status: 400 },
    });
    const question = { ...asking('refuse me'), stream: true };
    const { events } = await client.stream('/ai/chat', question);
    const told: readonly Json[] = (await readAll(events)).map(({ data }) => data);
    expect(told.map((event) => event.type ?? event)).toEqual(['error', '[DONE]']);
    expect(told[0]).toMatchObject({ code: 'EXTERNAL_SERVICE_ERROR', trace_id: expect.any(String) });
    expect(JSON.stringify(told)).not.toContain('CANARY');
    const whole = await client.post('/ai/chat', asking('refuse me'));
    expect([whole.status, whole.body.code]).toEqual([502, 'EXTERNAL_SERVICE_ERROR']);
    expect(await usage()).toEqual([]);
  });
});

describe('who asks a whole answer and leaves', () => {
  it('stops the provider, and pays for what was said', async () => {
    const { client, usage } = await createChatter(priced.test);
    priced.wire.holdAfter(5);
    const leaving = new AbortController();
    const asked = client.request('POST', '/ai/chat', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asking()),
      signal: leaving.signal,
    });
    await priced.wire.called(1);
    await expect.poll(() => priced.wire.passed.length).toBeGreaterThan(3);
    leaving.abort();
    await expect(asked).rejects.toThrow('aborted');
    await priced.wire.calls[0]?.abandoned;
    await expect.poll(usage, { interval: 20 }).toHaveLength(2);
  });
});
