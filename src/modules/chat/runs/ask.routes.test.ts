import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import { createClient } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addProject, addTeam } from '#test/teams';
import { answerOf, listUsage } from '../testing/read-chat.ts';
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

const usageOf = (teamId: TeamId) => listUsage(test.database, teamId);

describe('POST /chat', () => {
  it('answers with the message, its usage and its cost, and meters it once', async () => {
    const chat = await start();
    const { client, actor } = await signIn(chat);
    const asking = client.post('/chat', { message: 'Hello?' });
    const call = await chat.model.nextCall();
    call.say('Hello ');
    call.say('yourself.');
    call.finish();
    const { status, body } = await asking;
    expect(status).toBe(200);
    expect(body).toEqual({
      session_id: expect.any(String),
      message: {
        id: expect.any(String),
        role: 'assistant',
        content: 'Hello yourself.',
        model: 'scripted',
        citations: [],
        usage: { prompt_tokens: 100, completion_tokens: 10, cost: 0.00099 },
      },
    });
    expect(await usageOf(actor.teamId)).toMatchObject([
      { metric: 'ai_requests', amount: 1, cost_micros: 0 },
      { metric: 'ai_tokens', amount: 110, cost_micros: 990, usage_estimated: false },
    ]);
    const { body: session } = await client.get(`/chat/sessions/${body.session_id}`);
    expect(session).toMatchObject({ name: 'Hello?', last_message_at: expect.any(String) });
  });

  it('says what the model failed with, and keeps what it had said as incomplete', async () => {
    const chat = await start();
    const { client, actor } = await signIn(chat);
    const { body: session } = await client.post('/chat/sessions');
    const asking = client.post('/chat', { message: 'Well?', session_id: session.id });
    const call = await chat.model.nextCall();
    call.say('Half an ans');
    call.fail(new AppError('timeout', 'The model took too long'));
    const { status, body } = await asking;
    expect(status).toBe(504);
    expect(body).toMatchObject({ code: 'TIMEOUT', detail: 'The model took too long' });
    expect(await answerOf(client, session.id)).toMatchObject({
      content: 'Half an ans',
      status: 'incomplete',
      error: 'The model took too long',
      usage_estimated: true,
    });
    expect(await usageOf(actor.teamId)).toHaveLength(2);
  });

  it('charges nothing for a call that failed before its first token', async () => {
    const chat = await start();
    const { client, actor } = await signIn(chat);
    const asking = client.post('/chat', { message: 'Well?' });
    (await chat.model.nextCall()).fail(new AppError('external', 'The model failed'));
    expect((await asking).status).toBe(502);
    expect(await usageOf(actor.teamId)).toEqual([]);
  });

  it('stops the model at once when its caller is gone', async () => {
    const chat = await start();
    const { client, actor } = await signIn(chat);
    const caller = new AbortController();
    const asking = client.request('POST', '/chat', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'Well?' }),
      signal: caller.signal,
    });
    const call = await chat.model.nextCall();
    call.say('Some of it');
    caller.abort();
    await expect(asking).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(call.signal.aborted).toBe(true));
    await vi.waitFor(async () => expect(await usageOf(actor.teamId)).toHaveLength(2));
  });

  it.each([
    [{ message: '' }],
    [{ message: ' \n' }],
    [{ message: 'x'.repeat(32_001) }],
    [{ message: 'a\u0000b' }],
    [{ message: 'hello', role: 'system' }],
    [{ messages: [{ role: 'tool', content: 'x' }] }],
    [{ message: 'hello', session_id: 'nope' }],
  ])('refuses %j', async (body) => {
    const chat = open[0] ?? (await start());
    const { client } = await signIn(chat);
    expect((await client.post('/chat', body)).body).toMatchObject({
      status: 422,
      code: 'VALIDATION_ERROR',
    });
  });

  it("refuses an unknown model and another team's project or session, and stores nothing", async () => {
    const chat = await start();
    const [own, foreign] = [await signIn(chat), await signIn(chat)];
    const projectId = await addProject(test.database, foreign.actor);
    chat.addProject(projectId, foreign.actor);
    const { body: session } = await foreign.client.post('/chat/sessions');
    for (const body of [
      { message: 'x', model: 'unheard-of' },
      { message: 'x', project_id: projectId },
      { message: 'x', session_id: session.id },
    ]) {
      expect((await own.client.post('/chat', body)).status).toBe(404);
    }
    expect((await own.client.get('/chat/sessions')).body.total).toBe(0);
  });

  it('does not let a viewer ask', async () => {
    const chat = await start();
    const { viewer } = await addTeam(test.database);
    const { status } = await clientOf(chat, viewer).post('/chat', { message: 'Hello?' });
    expect(status).toBe(403);
  });
});
