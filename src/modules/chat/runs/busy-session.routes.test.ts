import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Actor } from '#shared/actor';
import { newId, type RunId } from '#shared/ids';
import { createClient } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { startChat, type ChatOptions, type ChatUnderTest } from '../testing/chat-under-test.ts';
import { answerOf, readAll, readSome, textOf, typesOf } from '../testing/read-chat.ts';

let test: TestDatabase;
let chat: ChatUnderTest;
const open: ChatUnderTest[] = [];
beforeAll(async () => {
  test = await createTestDatabase();
  chat = await start();
});
afterAll(async () => {
  for (const each of open) await each.close();
  await test.close();
});

async function start(options: ChatOptions = {}): Promise<ChatUnderTest> {
  const started = await startChat(test.database, options);
  open.push(started);
  return started;
}

const clientOf = (where: ChatUnderTest, actor: Actor) => createClient(...where.accessOf(actor));

/** A session that is answering, and how to ask it more. */
async function busySession() {
  const { actor } = await addTeam(test.database);
  const client = clientOf(chat, actor);
  const first = await client.stream('/chat/stream', { message: 'First?' });
  const call = await chat.model.nextCall();
  const [begun] = await readSome(first.events, 1);
  const sessionId = begun?.data.session_id;
  const ask = (message: string, more: object) =>
    client.stream('/chat/stream', { message, session_id: sessionId, ...more });
  return { actor, client, sessionId, runId: begun?.data.run_id, events: first.events, call, ask };
}

describe('a question to a session that is answering', () => {
  it('waits for its turn where it may, and is then answered in the same conversation', async () => {
    const { client, call, events, ask } = await busySession();
    const second = await ask('Second?', { if_busy: 'enqueue' });
    const waiting = await readSome(second.events, 2);
    expect(waiting.map(({ data }) => data.status ?? data.type)).toEqual(['session', 'queued']);
    const run = `/chat/runs/${waiting[0]?.data.run_id}`;
    expect((await client.get(run)).body).toMatchObject({ status: 'queued', attempts: 0 });
    call.say('One.');
    call.finish();
    await readAll(events);
    const next = await chat.model.nextCall();
    expect(next.request.turns.slice(1).map(({ content }) => content)).toEqual([
      'First?',
      'One.',
      'Second?',
    ]);
    next.say('Two.');
    next.finish();
    const rest = await readAll(second.events);
    expect(textOf(rest)).toBe('Two.');
    expect(rest.map(({ id }) => id)).toEqual(['3', '4', undefined]);
    expect((await client.get(run)).body).toMatchObject({ status: 'done', attempts: 1 });
  });

  it('takes its place where it interrupts', async () => {
    const { client, sessionId, call, events, ask } = await busySession();
    call.say('Half');
    await readSome(events, 1);
    const asking = ask('Second?', { if_busy: 'interrupt' });
    expect((await readAll(events)).at(-2)?.data.finish_reason).toBe('cancelled');
    expect(call.signal.aborted).toBe(true);
    const next = await chat.model.nextCall();
    next.say('Two.');
    next.finish();
    expect(textOf(await readAll((await asking).events))).toBe('Two.');
    expect(await answerOf(client, sessionId)).toMatchObject({ content: 'Two.' });
  });

  it('is called off before its turn came, costs nothing, and lets the next one in', async () => {
    const { client, sessionId, call, events, ask } = await busySession();
    const second = await ask('Second?', { if_busy: 'enqueue' });
    const [begun] = await readSome(second.events, 2);
    const third = await ask('Third?', { if_busy: 'enqueue' });
    const path = `/chat/runs/${begun?.data.run_id}`;
    expect((await client.post(`${path}/cancel`)).status).toBe(204);
    expect(typesOf(await readAll(second.events))).toEqual(['usage', '[DONE]']);
    expect((await client.get(path)).body).toMatchObject({ status: 'cancelled' });
    call.finish();
    await readAll(events);
    (await chat.model.nextCall()).finish();
    await readAll(third.events);
    const { body } = await client.get(`/chat/sessions/${sessionId}/messages`);
    expect(
      body.items.map(({ role, status }: { role: string; status: string }) => [role, status]),
    ).toEqual([
      ['user', 'complete'],
      ['assistant', 'complete'],
      ['user', 'complete'],
      ['assistant', 'aborted'],
      ['user', 'complete'],
      ['assistant', 'complete'],
    ]);
  });

  it('keeps its place: who does not wait is refused while another waits', async () => {
    const { client, sessionId, call, events, ask } = await busySession();
    const second = await ask('Second?', { if_busy: 'enqueue' });
    const refused = await client.post('/chat', { message: 'Me', session_id: sessionId });
    expect(refused.body).toMatchObject({ code: 'CONFLICT', reason: 'session.busy' });
    expect((await client.post(`/chat/sessions/${sessionId}/cancel`)).status).toBe(204);
    expect(call.signal.aborted).toBe(true);
    await Promise.all([readAll(events), readAll(second.events)]);
  });
});

describe('a run in the background', () => {
  it('goes on although nobody reads it, and can be read and called off', async () => {
    const hasty = await start({ settings: { graceSeconds: 0.01 } });
    const { actor } = await addTeam(test.database);
    const client = clientOf(hasty, actor);
    const leaving = new AbortController();
    const question = { message: 'Well?', on_disconnect: 'continue' };
    const asked = await client.stream('/chat/stream', question, { signal: leaving.signal });
    const call = await hasty.model.nextCall();
    const [begun] = await readSome(asked.events, 1);
    leaving.abort();
    const abandoned = client.request('POST', '/chat', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'As long as a grace time' }),
      signal: AbortSignal.timeout(500),
    });
    await expect(abandoned).rejects.toThrow(/abort|timeout/i);
    expect(call.signal.aborted).toBe(false);
    call.say('Done.');
    call.finish();
    const path = `/chat/runs/${begun?.data.run_id}`;
    await vi.waitFor(async () => expect((await client.get(path)).body.status).toBe('done'));
    expect(await answerOf(client, begun?.data.session_id)).toMatchObject({ content: 'Done.' });
  });

  it("is nobody else's", async () => {
    const { runId, call, events } = await busySession();
    const { actor: stranger } = await addTeam(test.database);
    const client = clientOf(chat, stranger);
    for (const id of [runId, newId<RunId>()]) {
      expect((await client.get(`/chat/runs/${id}`)).status).toBe(404);
      expect((await client.post(`/chat/runs/${id}/cancel`)).status).toBe(404);
    }
    call.finish();
    await readAll(events);
  });
});
