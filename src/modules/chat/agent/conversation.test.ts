import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemorySaver } from '@langchain/langgraph-checkpoint';
import type { Actor } from '#shared/actor';
import { createClient } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import pLimit from 'p-limit';
import { createPostgresCheckpointer } from './postgres-checkpointer.ts';
import { readSome } from '../testing/read-chat.ts';
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

describe('a conversation', () => {
  it('goes on after a restart, from the checkpoint, and keeps only the latest one', async () => {
    const openCheckpointer = createPostgresCheckpointer(test.database.pool);
    const loadCheckpointer = () => openCheckpointer(pLimit(1));
    const first = await start({ checkpointer: await loadCheckpointer() });
    const { client, actor } = await signIn(first);
    const { body: session } = await client.post('/chat/sessions');
    const exchange = async (chat: ChatUnderTest, message: string, reply: string) => {
      const asking = clientOf(chat, actor).post('/chat', { message, session_id: session.id });
      const call = await chat.model.nextCall();
      call.say(reply);
      call.finish();
      expect((await asking).status).toBe(200);
      return call.request.turns;
    };
    await exchange(first, 'My name is Ada.', 'Hello Ada.');
    await first.chat.drain(1);
    const second = await start({ checkpointer: await loadCheckpointer() });
    const turns = await exchange(second, 'Who am I?', 'Ada.');
    expect(turns.slice(1)).toEqual([
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Hello Ada.' },
      { role: 'user', content: 'Who am I?' },
    ]);
    await exchange(second, 'Sure?', 'Yes.');
    const counts = await countState(session.id);
    expect(counts).toEqual({ checkpoints: 1, blobs: expect.any(Number), writes: 0 });
    expect(counts.blobs).toBeLessThan(8);
    await client.call('DELETE', `/chat/sessions/${session.id}/messages`);
    expect(await countState(session.id)).toEqual({ checkpoints: 0, blobs: 0, writes: 0 });
    expect(await exchange(second, 'And now?', 'Who?')).toHaveLength(2);
    await client.call('DELETE', `/chat/sessions/${session.id}`);
    expect(await countState(session.id)).toEqual({ checkpoints: 0, blobs: 0, writes: 0 });
  });

  it('remembers the part of an answer that was cancelled', async () => {
    const chat = await start({ checkpointer: new MemorySaver() });
    const { client } = await signIn(chat);
    const { body: session } = await client.post('/chat/sessions');
    const { events } = await client.stream('/chat/stream', {
      message: 'Count!',
      session_id: session.id,
    });
    (await chat.model.nextCall()).say('one two');
    await readSome(events, 2);
    await client.post(`/chat/sessions/${session.id}/cancel`);
    const asking = client.post('/chat', { message: 'Go on', session_id: session.id });
    const call = await chat.model.nextCall();
    expect(call.request.turns.slice(1, 3)).toEqual([
      { role: 'user', content: 'Count!' },
      { role: 'assistant', content: 'one two' },
    ]);
    call.finish();
    await asking;
  });
});

async function countState(sessionId: string) {
  const { rows } = await test.database.pool.query(
    `select (select count(*)::int from checkpoints where thread_id = $1) as checkpoints,
            (select count(*)::int from checkpoint_blobs where thread_id = $1) as blobs,
            (select count(*)::int from checkpoint_writes where thread_id = $1) as writes`,
    [sessionId],
  );
  return rows[0];
}
