import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import type { RunnableToolFunctionWithParse } from 'openai/lib/RunnableFunction';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClient, signUp, uploadAndWait, type Json } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { startTestService, type TestService } from '#test/service';

const MODEL = 'gpt-4o-mini';
const BERN = '{"city":"Bern"}';
const LEAVE = 'Every full-time employee has 28 days of paid leave a year.';
const ask = (content: string) => [{ role: 'user', content } as const];
const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
} as const;

let model: ModelServer;
let wire: ModelWire;
let test: TestService;
let openai: OpenAI;
let user: Json;
let projectModel: string;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  model.mock.prependFixture({
    match: { userMessage: 'weather', hasToolResult: true },
    response: { content: 'It is sunny in Bern.' },
  });
  model.mock.prependFixture({
    match: { userMessage: 'weather', hasToolResult: false },
    response: { toolCalls: [{ name: 'get_weather', arguments: BERN }] },
  });
  model.mock.prependFixture({
    match: { userMessage: 'capital' },
    response: { content: BERN },
  });
  wire = await startModelWire(model.mock.url);
  test = await startTestService({
    LLM_BASE_URL: wire.baseUrl,
    LLM_API_KEY: 'sk-upstream',
    LLM_MODEL: MODEL,
    LLM_RETRIES: '1',
  });
  const person = await signUp(test.baseUrl);
  ({ user } = person);
  const scopes = ['read', 'write'];
  const { key } = (await person.client.post('/api-keys', { name: 'Key', scopes })).body;
  openai = new OpenAI({ apiKey: key, baseURL: `${test.baseUrl}/v1`, maxRetries: 0 });
  const project = (await person.client.post('/projects', { name: 'Handbook' })).body;
  await uploadAndWait(person.client, project.id, { name: 'leave.txt', content: LEAVE });
  projectModel = `project:${project.id}`;
});
afterAll(async () => {
  await test.close();
  await wire.close();
  await model.close();
});
beforeEach(() => wire.reset());

describe("OpenAI's own client", () => {
  it('lists the models, projects among them, and reads each', async () => {
    const models = await Array.fromAsync(openai.models.list());
    expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining([MODEL, projectModel]));
    for (const { id } of models) expect((await openai.models.retrieve(id)).id).toBe(id);
  });

  it('gets a whole answer, and what it used', async () => {
    const answer = await openai.chat.completions.create({ model: MODEL, messages: ask('Much') });
    expect(answer.choices[0]?.message.content).toMatch(/^w0000 .* w0199 $/);
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: MODEL,
      choices: [{ finish_reason: 'stop' }],
      usage: { prompt_tokens: 40, completion_tokens: 200, total_tokens: 240 },
    });
  });

  it('gets an answer piece by piece, while the rest is still to be sent', async () => {
    wire.holdAfter(3);
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: ask('Much'),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text !== '') wire.release();
      usage = chunk.usage;
    }
    expect(text).toMatch(/^w0000 .* w0199 $/);
    expect(usage).toMatchObject({ total_tokens: 240 });
  });

  it('runs the tools that a model asks for', async () => {
    const asked: string[] = [];
    const tool: RunnableToolFunctionWithParse<{ city: string }> = {
      type: 'function',
      function: {
        ...WEATHER.function,
        parameters: { ...WEATHER.function.parameters, required: ['city'] },
        description: 'The weather of a city',
        parse: (text) => JSON.parse(text),
        function({ city }) {
          asked.push(city);
          return 'sunny';
        },
      },
    };
    const runner = openai.chat.completions.runTools({
      model: MODEL,
      messages: ask('How is the weather?'),
      tools: [tool],
    });
    expect(await runner.finalContent()).toBe('It is sunny in Bern.');
    expect(asked).toEqual(['Bern']);
  });

  it('puts the call of a tool together from its pieces', async () => {
    const stream = openai.chat.completions.stream({
      model: MODEL,
      messages: ask('How is the weather?'),
      tools: [WEATHER],
    });
    const answer = await stream.finalChatCompletion();
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        tool_calls: [{ function: { name: 'get_weather', arguments: BERN } }],
      },
    });
  });

  it('gets an answer in the shape that it asked for', async () => {
    const Capital = z.object({ city: z.string() });
    const answer = await openai.chat.completions.parse({
      model: MODEL,
      messages: ask('Which capital?'),
      response_format: zodResponseFormat(Capital, 'capital'),
    });
    expect(answer.choices[0]?.message.parsed).toEqual({ city: 'Bern' });
    expect(JSON.parse(wire.calls[0]?.body ?? '')).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'capital', strict: true } },
    });
  });

  it('leaves in the middle, which stops the call, and is billed once for what was produced', async () => {
    wire.holdAfter(3);
    const before = await bill();
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: ask('Much'),
      stream: true,
    });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    await wire.calls[0]?.abandoned;
    const added = await expectBilled(before.length);
    expect(added).toMatchObject([{ usage_estimated: true }]);
  });

  it('is told in the middle of a stream that the model broke off', async () => {
    wire.bend((frame, number) => (number > 3 ? 'data: {broken\n\n' : frame));
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: ask('Much'),
      stream: true,
    });
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const chunk of stream) pieces.push(chunk.choices[0]?.delta.content ?? '');
    })();
    await expect(reading).rejects.toThrow('model endpoint');
    expect(pieces.join('')).toContain('w0000');
  });
});

describe('a project as a model', () => {
  it('answers from its documents, and cites them', async () => {
    model.mock.prependFixture({
      match: { userMessage: 'paid leave' },
      response: { content: `"${LEAVE}" [1]` },
    });
    const messages = ask('How many days of paid leave are there?');
    const answer = await openai.chat.completions.create({ model: projectModel, messages });
    expect(answer.model).toBe(projectModel);
    expect(answer.choices[0]?.message).toMatchObject({
      content: `"${LEAVE}" [1]`,
      annotations: [{ type: 'file_citation', file_citation: { quote: LEAVE } }],
    });
    expect(wire.calls[0]?.body).toContain('<source id=');
  });

  it('is not there for another team, as one that never was', async () => {
    const { client } = await signUp(test.baseUrl);
    const other = async (name: string) => {
      const body = { model: name, messages: ask('paid leave?') };
      const { status, body: refusal } = await client.post('/v1/chat/completions', body);
      return { status, text: JSON.stringify(refusal.error).replaceAll(name, '') };
    };
    const unknown = `project:${crypto.randomUUID()}`;
    const withoutTrace = ({ status, text }: Awaited<ReturnType<typeof other>>) => ({
      status,
      text: text.replace(/"trace_id":"\w+"/, ''),
    });
    const foreign = withoutTrace(await other(projectModel));
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(withoutTrace(await other(unknown)));
    expect(wire.calls).toEqual([]);
  });
});

describe('what is refused', () => {
  const create = (changes: object) =>
    openai.chat.completions.create({ model: MODEL, messages: ask('Hello'), ...changes });

  it.each<readonly [string, object, new (...facts: never[]) => Error, object]>([
    ['an unknown model', { model: 'gpt-9' }, OpenAI.NotFoundError, { code: 'model_not_found' }],
    ['two answers', { n: 2 }, OpenAI.BadRequestError, { param: 'n' }],
    ['what we do not know', { wisdom: 1 }, OpenAI.BadRequestError, { param: 'wisdom' }],
    [
      'an answer to no call',
      { messages: [...ask('x'), { role: 'tool', tool_call_id: 'a', content: 'x' }] },
      OpenAI.BadRequestError,
      { param: 'messages.1.tool_call_id' },
    ],
    [
      'tools of a model that has none',
      { model: 'builtin-extractive', tools: [WEATHER] },
      OpenAI.BadRequestError,
      { code: 'model_ability_missing' },
    ],
  ])('is %s, with the error that clients know', async (_what, changes, kind, members) => {
    const refusal = await create(changes).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(kind);
    expect(refusal).toMatchObject({ type: 'invalid_request_error', ...members });
    expect(wire.calls).toEqual([]);
  });

  it('is a wrong key, and a failing model, each by its own error', async () => {
    const stranger = new OpenAI({ apiKey: 'gw_live_no', baseURL: openai.baseURL, maxRetries: 0 });
    const refused = await stranger.models.list().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(refused).toMatchObject({ code: 'invalid_api_key' });
    model.mock.nextRequestError(500, { message: 'CANARY of the provider' });
    const failed = await create({}).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OpenAI.InternalServerError);
    expect(failed).toMatchObject({ status: 502, type: 'server_error' });
    expect(String(failed)).not.toContain('CANARY');
  });

  it('is more than a limit allows, saying which', async () => {
    const limited = await signUp(test.baseUrl);
    const limit = { scope: 'team', window: 'month', unit: 'tokens', amount: 1 };
    expect((await limited.client.post('/spend-limits', limit)).status).toBe(201);
    const body = { model: MODEL, messages: ask('Hello') };
    const refusal = await limited.client.post('/v1/chat/completions', body);
    expect(refusal).toMatchObject({
      status: 402,
      body: { error: { type: 'insufficient_quota', details: { scope: 'team', amount: 1 } } },
    });
  });

  it('is a path that OpenAI has and we have not, in their form', async () => {
    const missing = await createClient(test.baseUrl).get('/v1/nowhere');
    expect(missing).toMatchObject({
      status: 404,
      body: { error: { type: 'invalid_request_error' } },
    });
  });
});

function bill() {
  return test.database
    .forSystem()
    .selectFrom('usage_records')
    .select(['amount', 'usage_estimated'])
    .where('user_id', '=', user.id)
    .where('metric', '=', 'ai_tokens')
    .orderBy('created_at')
    .execute();
}

/** What was billed after the first `before` rows. */
async function expectBilled(before: number) {
  await expect.poll(async () => (await bill()).length).toBe(before + 1);
  return (await bill()).slice(before);
}
