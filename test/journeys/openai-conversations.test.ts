import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '#test/model-server';
import { newcomers } from '#test/openai-client';
import { startTestService, type TestService } from '#test/service';

const MODEL = 'gpt-4o-mini';
const MAX_ITEMS = 2000;
const TOOL = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: {} },
} as const;

let model: ModelServer;
let test: TestService;
let openai: OpenAI;
let stranger: OpenAI;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  scriptModel(model);
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'sk-upstream',
    LLM_MODEL: MODEL,
    LLM_RETRIES: '1',
  });
  ({ openai, stranger } = await newcomers(test.baseUrl));
});
afterAll(async () => {
  await test.close();
  await model.close();
});

describe('a response in a conversation', () => {
  it('knows what was said there, and is added to it with what it was asked', async () => {
    const { id } = await openai.conversations.create({ items: [says('The word is heron')] });
    const first = await ask(id, 'Which word?');
    expect(first.conversation).toEqual({ id });
    const stream = await openai.responses.create({ ...asking(id, 'Again?'), stream: true });
    expect((await Array.fromAsync(stream)).at(-1)?.type).toBe('response.completed');
    expect(model.lastMessages()).toEqual([
      { role: 'user', content: 'The word is heron' },
      { role: 'user', content: 'Which word?' },
      { role: 'assistant', content: 'It is heron.' },
      { role: 'user', content: 'Again?' },
    ]);
    const items = await Array.fromAsync(
      openai.conversations.items.list(id, { order: 'asc', limit: 2 }),
    );
    expect(items.map(textOf)).toEqual([
      'The word is heron',
      'Which word?',
      'It is heron.',
      'Again?',
      'It is heron.',
    ]);
    expect(items[2]).toMatchObject({ id: first.output[0]?.id, role: 'assistant' });
  });

  it('gives the results of functions back to the model that called them', async () => {
    const { id } = await openai.conversations.create();
    const asked = { ...asking(id, 'How is the weather?'), tools: [TOOL] };
    const [call] = (await openai.responses.create(asked)).output;
    if (call?.type !== 'function_call') throw new Error('the model called no function');
    const output = { type: 'function_call_output', call_id: call.call_id, output: 'sun' } as const;
    const { output_text: text } = await openai.responses.create({ ...asked, input: [output] });
    expect(text).toBe('It is sunny.');
    const items = await Array.fromAsync(openai.conversations.items.list(id, { order: 'asc' }));
    expect(items.map(({ type }) => type)).toEqual([
      'message',
      'function_call',
      'function_call_output',
      'message',
    ]);
  });

  it('is added though it is not kept itself', async () => {
    const { id } = await openai.conversations.create();
    const response = await openai.responses.create({ ...asking(id, 'Which word?'), store: false });
    await expect(openai.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
    expect(await listTexts(id)).toEqual(['Which word?', 'It is heron.']);
  });

  it('adds nothing where the model fails', async () => {
    const { id } = await openai.conversations.create();
    await expect(ask(id, 'refuse me')).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    await expect(ask(id, 'break off')).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    expect(await listTexts(id)).toEqual([]);
  });

  it('keeps question and answer together beside others that are asked at once', async () => {
    const { id } = await openai.conversations.create();
    await Promise.all(Array.from({ length: 8 }, (_, index) => ask(id, `Which word, ${index}?`)));
    const texts = await listTexts(id);
    expect(texts).toHaveLength(16);
    expect(texts.filter((_, place) => place % 2 === 1)).toEqual(Array(8).fill('It is heron.'));
  });

  it('follows a conversation or a response, not both', async () => {
    const { id } = await openai.conversations.create();
    const { id: previous } = await openai.responses.create({ model: MODEL, input: 'Which word?' });
    const asked = { ...asking(id, 'And?'), previous_response_id: previous };
    await expect(openai.responses.create(asked)).rejects.toMatchObject({
      status: 400,
      param: 'conversation',
    });
  });

  it('finds no room in a full one, before a model is asked', async () => {
    const { id } = await openai.conversations.create({ items: [says('one'), says('two')] });
    await fill(id, MAX_ITEMS - 2);
    const before = model.mock.getRequests().length;
    const full = { status: 400, code: 'conversation_full' };
    await expect(ask(id, 'Which word?')).rejects.toMatchObject(full);
    const adding = openai.conversations.items.create(id, { items: [says('three')] });
    await expect(adding).rejects.toMatchObject(full);
    expect(model.mock.getRequests()).toHaveLength(before);
  });
});

describe('a conversation', () => {
  it('is changed by its items and its metadata, and goes with them', async () => {
    const { conversations } = openai;
    const { id } = await conversations.create({ metadata: { topic: 'birds' } });
    expect(await conversations.retrieve(id)).toMatchObject({
      object: 'conversation',
      metadata: { topic: 'birds' },
    });
    await conversations.update(id, { metadata: { topic: 'fish' } });
    expect(await conversations.retrieve(id)).toMatchObject({ metadata: { topic: 'fish' } });

    const added = await conversations.items.create(id, {
      items: [says('The word is heron'), answers('msg_pike', 'No, it is pike')],
    });
    expect(added).toMatchObject({ object: 'list', has_more: false, last_id: 'msg_pike' });
    expect(await conversations.items.retrieve('msg_pike', { conversation_id: id })).toMatchObject({
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'No, it is pike' }],
    });
    const left = await conversations.items.delete('msg_pike', { conversation_id: id });
    expect(left).toMatchObject({ id, object: 'conversation' });
    expect(await listTexts(id)).toEqual(['The word is heron']);

    expect(await conversations.delete(id)).toMatchObject({ id, deleted: true });
    await expect(ask(id, 'Which word?')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('has an item once, however often it is added', async () => {
    const { id } = await openai.conversations.create();
    const items = [answers('msg_one', 'one')];
    await openai.conversations.items.create(id, { items });
    await openai.conversations.items.create(id, { items: [...items, says('two')] });
    expect(await listTexts(id)).toEqual(['one', 'two']);
  });

  it('is walked page by page, from either end', async () => {
    const items = ['one', 'two', 'three'].map(says);
    const { id } = await openai.conversations.create({ items });
    const newest = await Array.fromAsync(openai.conversations.items.list(id, { limit: 2 }));
    expect(newest.map(textOf)).toEqual(['three', 'two', 'one']);
    const after = openai.conversations.items.list(id, { after: 'msg_nowhere' });
    await expect(after).rejects.toMatchObject({ status: 400, param: 'after' });
  });

  it('has no item by an id that the database could not hold', async () => {
    const { id } = await openai.conversations.create();
    for (const [path, param] of [
      ['items/%00', 'item_id'],
      ['items?after=%00', 'after'],
    ]) {
      const asked = openai.get(`/conversations/${id}/${path}`);
      await expect(asked).rejects.toMatchObject({ status: 400, param });
    }
  });

  it.each([
    { items: Array.from({ length: 21 }, () => says('much')) },
    { items: [{ type: 'surprise' }] },
    { metadata: { topic: 5 } },
    { surprise: true },
  ])('refuses what it cannot keep: %#', async (body) => {
    const creating = openai.post('/conversations', { body });
    await expect(creating).rejects.toMatchObject({ status: 400, type: 'invalid_request_error' });
  });

  it('is nobody else’s', async () => {
    const { id } = await openai.conversations.create({ items: [says('Secret')] });
    const absent = { status: 404 };
    const theirs = stranger.conversations;
    const update = theirs.update(id, { metadata: { taken: 'over' } });
    await expect(update).rejects.toMatchObject(absent);
    await expect(theirs.delete(id)).rejects.toMatchObject(absent);
    await expect(theirs.items.create(id, { items: [says('Mine')] })).rejects.toMatchObject(absent);
    await expect(Array.fromAsync(theirs.items.list(id))).rejects.toMatchObject(absent);
    await expect(stranger.responses.create(asking(id, 'And?'))).rejects.toMatchObject(absent);
    expect(await listTexts(id)).toEqual(['Secret']);
  });
});

function says(content: string) {
  return { type: 'message', role: 'user', content } as const;
}

function answers(id: string, text: string): OpenAI.Responses.ResponseOutputMessage {
  const content = [{ type: 'output_text' as const, text, annotations: [] }];
  return { type: 'message', role: 'assistant', status: 'completed', id, content };
}

function asking(conversation: string, input: string) {
  return { model: MODEL, input, conversation };
}

function ask(conversation: string, input: string) {
  return openai.responses.create(asking(conversation, input));
}

async function listTexts(id: string): Promise<readonly string[]> {
  const items = await Array.fromAsync(openai.conversations.items.list(id, { order: 'asc' }));
  return items.map(textOf);
}

function textOf(item: OpenAI.Conversations.ConversationItem): string {
  const [part] = item.type === 'message' ? item.content : [];
  return part && 'text' in part ? part.text : '';
}

/** Items as the service would have them, more at once than it takes. */
async function fill(id: string, count: number): Promise<void> {
  const conversationId = id.slice('conv_'.length);
  await sql`
    insert into conversation_items (id, team_id, user_id, conversation_id, item_id, item)
    select gen_random_uuid(), team_id, user_id, id, ${randomUUID()} || number, '{}'
    from conversations, generate_series(1, ${count}::int) as number where id = ${conversationId}
  `.execute(test.database.forSystem());
}

function scriptModel({ mock }: ModelServer): void {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  mock.prependFixture({ match: {}, response: { content: 'It is heron.', usage } });
  mock.prependFixture({
    match: { userMessage: 'weather', hasToolResult: false },
    response: { toolCalls: [{ name: 'get_weather', arguments: '{}' }] },
  });
  mock.prependFixture({
    match: { userMessage: 'weather', hasToolResult: true },
    response: { content: 'It is sunny.' },
  });
  const refusal = { error: { message: 'no' }, status: 500 };
  mock.prependFixture({ match: { userMessage: 'refuse me' }, response: refusal });
  mock.prependFixture({
    match: { userMessage: 'break off' },
    response: { content: 'one two three four five six seven eight', usage },
    chunkSize: 4,
    truncateAfterChunks: 3,
  });
}
