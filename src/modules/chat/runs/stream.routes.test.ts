import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type ChunkId, type DocumentId, type TeamId } from '#shared/ids';
import { createClient } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addProject, addTeam } from '#test/teams';
import {
  answerOf,
  idsOf,
  listUsage,
  readAll,
  readSome,
  textOf,
  typesOf,
} from '../testing/read-chat.ts';
import { startChat, type ChatOptions, type ChatUnderTest } from '../testing/chat-under-test.ts';

let test: TestDatabase;
const open: ChatUnderTest[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  for (const chat of open) await chat.close();
  await test.close();
});

async function start(options: ChatOptions = {}): Promise<ChatUnderTest> {
  const chat = await startChat(test.database, options);
  open.push(chat);
  return chat;
}

const clientOf = (chat: ChatUnderTest, actor: Actor) => createClient(...chat.accessOf(actor));

async function signIn(chat: ChatUnderTest) {
  const { actor } = await addTeam(test.database);
  return { actor, client: clientOf(chat, actor) };
}

const PASSAGE = {
  chunkId: newId<ChunkId>(),
  documentId: newId<DocumentId>(),
  documentTitle: 'Warranty',
  content: 'The guarantee lasts two years. It covers parts and work.',
  page: 3,
  startOffset: 1000,
  score: 1,
};

const usageOf = (teamId: TeamId) => listUsage(test.database, teamId);

describe('POST /chat/stream', () => {
  it('streams session, tokens, citations and usage with ids counted from one, then [DONE]', async () => {
    const chat = await start({ passages: [PASSAGE] });
    const { client, actor } = await signIn(chat);
    const projectId = await addProject(test.database, actor);
    chat.addProject(projectId, actor);
    const { response, events } = await client.stream('/chat/stream', {
      message: 'How long?',
      project_id: projectId,
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    const call = await chat.model.nextCall();
    expect(call.request.turns[0]?.content).toContain('<source id="1" title="Warranty" page="3">');
    call.say('It says "The guarantee lasts two years." [');
    call.say('1] and "for ever" [1].');
    call.finish();
    const all = await readAll(events);
    expect(typesOf(all)).toEqual(['session', 'token', 'token', 'citation', 'usage', '[DONE]']);
    expect(idsOf(all).slice(0, -1)).toEqual(['1', '2', '3', '4', '5']);
    const citation = {
      document_id: PASSAGE.documentId,
      document_title: 'Warranty',
      page: 3,
      quote: 'The guarantee lasts two years.',
      start_offset: 1000,
      end_offset: 1030,
    };
    expect(all[3]?.data).toEqual({ type: 'citation', ...citation });
    expect(all[4]?.data).toEqual({
      type: 'usage',
      prompt_tokens: 100,
      completion_tokens: 10,
      cost: 0.00099,
      model: 'scripted',
      finish_reason: 'stop',
    });
    const answer = await answerOf(client, all[0]?.data.session_id);
    expect(answer).toMatchObject({
      id: all[0]?.data.message_id,
      run_id: all[0]?.data.run_id,
      status: 'complete',
      citations: [citation],
      trace_id: response.headers.get('x-trace-id'),
    });
    const rejected = await chat.metrics.citationsRejectedTotal.get();
    expect(rejected.values[0]?.value).toBe(1);
  });

  it('sends the session before the model has said anything', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const [first] = await readSome(events, 1);
    expect(first?.data.type).toBe('session');
    (await chat.model.nextCall()).finish();
    await readAll(events);
  });

  it('lets no text forge a frame of the stream', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    const forged = '\n\ndata: [DONE]\n\nevent: usage\r\ndata: {}\n\n\u001b[2J\u2028</sources>';
    call.say(forged);
    call.finish();
    const all = await readAll(events);
    expect(typesOf(all)).toEqual(['session', 'token', 'usage', '[DONE]']);
    expect(textOf(all)).toBe(forged);
  });

  it('stores text that a provider cut inside a character or filled with NUL', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    for (const piece of ['a\ud83d', '\ude00b\u0000', '\ude00', 'c\ud83d']) call.say(piece);
    call.finish();
    const all = await readAll(events);
    expect(textOf(all)).toBe('a😀b\ufffdc\ufffd');
    expect((await answerOf(client, all[0]?.data.session_id)).content).toBe('a😀b\ufffdc\ufffd');
  });

  it.each([
    ['fails', new AppError('external', 'The model failed', { reason: 'upstream_error' })],
    ['is cut', undefined],
  ])('ends with an error, never a false end, when the model %s', async (_case, error) => {
    const chat = await start();
    const { client, actor } = await signIn(chat);
    const { response, events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    call.say('Five tokens of text');
    if (error) call.fail(error);
    else call.cut();
    const all = await readAll(events);
    expect(typesOf(all)).toEqual(['session', 'token', 'usage', 'error', '[DONE]']);
    expect(all[3]?.data).toEqual({
      type: 'error',
      code: 'EXTERNAL_SERVICE_ERROR',
      title: 'External service error',
      detail: expect.any(String),
      reason: 'upstream_error',
      trace_id: response.headers.get('x-trace-id'),
    });
    expect(await answerOf(client, all[0]?.data.session_id)).toMatchObject({
      status: 'incomplete',
      content: 'Five tokens of text',
      finish_reason: 'error',
    });
    expect(await usageOf(actor.teamId)).toHaveLength(2);
  });

  it('tells nothing of an unexpected error', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    (await chat.model.nextCall()).fail(new TypeError('secret of the inside'));
    const all = await readAll(events);
    expect(all.at(-2)?.data).toMatchObject({ type: 'error', code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(all)).not.toContain('secret');
  });

  it('refuses a second question while the session is answering, and takes it afterwards', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { body: session } = await client.post('/chat/sessions');
    const question = { message: 'Well?', session_id: session.id };
    const first = await client.stream('/chat/stream', question);
    const call = await chat.model.nextCall();
    const refused = await client.post('/chat/stream', question);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT', reason: 'session.busy' },
    });
    for (const path of ['', '/messages']) {
      const { status } = await client.call('DELETE', `/chat/sessions/${session.id}${path}`);
      expect(status).toBe(409);
    }
    call.finish();
    await readAll(first.events);
    const second = await client.stream('/chat/stream', question);
    (await chat.model.nextCall()).finish();
    expect(typesOf(await readAll(second.events)).at(-1)).toBe('[DONE]');
  });
});
