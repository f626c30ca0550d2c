import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Actor } from '#shared/actor';
import { createClient } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { answerOf, readAll, readSome } from '../testing/read-chat.ts';
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

describe('POST /chat/sessions/:id/cancel', () => {
  it('stops the run, keeps what was said and tells the reader', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    call.say('one ');
    const [first] = await readSome(events, 2);
    const sessionId = first?.data.session_id;
    expect((await client.post(`/chat/sessions/${sessionId}/cancel`)).status).toBe(204);
    expect(call.signal.aborted).toBe(true);
    expect(await answerOf(client, sessionId)).toMatchObject({ status: 'aborted', content: 'one ' });
    const rest = await readAll(events);
    expect(rest.map(({ data }) => data.finish_reason ?? data)).toEqual(['cancelled', '[DONE]']);
    expect((await client.post(`/chat/sessions/${sessionId}/cancel`)).status).toBe(204);
  });

  it('reaches a run of another process', async () => {
    const [here, there] = [await start(), await start()];
    const { client, actor } = await signIn(here);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await here.model.nextCall();
    const [first] = await readSome(events, 1);
    const elsewhere = clientOf(there, actor);
    await elsewhere.post(`/chat/sessions/${first?.data.session_id}/cancel`);
    await vi.waitFor(() => expect(call.signal.aborted).toBe(true), { timeout: 5000 });
    await readAll(events);
  });

  it("does not know another user's session", async () => {
    const chat = await start();
    const [own, foreign] = [await signIn(chat), await signIn(chat)];
    const { body: session } = await foreign.client.post('/chat/sessions');
    expect((await own.client.post(`/chat/sessions/${session.id}/cancel`)).status).toBe(404);
  });
});

describe('a shutdown', () => {
  it('lets a run finish that can, ends the others with an error, and takes no more', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    call.say('one');
    const [first] = await readSome(events, 2);
    const draining = chat.chat.drain(0.1);
    expect((await client.post('/chat', { message: 'Me too' })).status).toBe(503);
    await draining;
    expect(call.signal.aborted).toBe(true);
    expect((await readAll(events)).at(-2)?.data).toMatchObject({
      type: 'error',
      code: 'SERVICE_UNAVAILABLE',
      reason: 'shutting_down',
    });
    expect(await answerOf(client, first?.data.session_id)).toMatchObject({ status: 'incomplete' });
  });
});
