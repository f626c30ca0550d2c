import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Actor } from '#shared/actor';
import { newId, type RunId, type TeamId } from '#shared/ids';
import { createClient, readEvents, type Client } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
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

const usageOf = (teamId: TeamId) => listUsage(test.database, teamId);

async function resume(client: Client, runId: string, lastEventId?: string) {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await client.request('GET', `/chat/streams/${runId}`, { headers });
  return { response, events: readEvents(response) };
}

describe('a stream that is left', () => {
  it('stops the provider after the grace time and keeps and meters what was said', async () => {
    const chat = await start({ settings: { graceSeconds: 0.05 } });
    const { client, actor } = await signIn(chat);
    const reader = new AbortController();
    const { events } = await client.stream(
      '/chat/stream',
      { message: 'Well?' },
      { signal: reader.signal },
    );
    const call = await chat.model.nextCall();
    call.say('one ');
    call.say('two ');
    const [first] = await readSome(events, 3);
    reader.abort();
    await vi.waitFor(() => expect(call.signal.aborted).toBe(true));
    const sessionId = first?.data.session_id;
    await vi.waitFor(async () =>
      expect(await answerOf(client, sessionId)).toMatchObject({
        status: 'aborted',
        content: 'one two ',
        finish_reason: 'abandoned',
        usage_estimated: true,
      }),
    );
    expect(await usageOf(actor.teamId)).toMatchObject([
      { metric: 'ai_requests' },
      { metric: 'ai_tokens', completion_tokens: 2, usage_estimated: true },
    ]);
  });

  it('goes on for a reader that comes back, from the event after the last one it had', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const reader = new AbortController();
    const { events } = await client.stream(
      '/chat/stream',
      { message: 'Well?' },
      { signal: reader.signal },
    );
    const call = await chat.model.nextCall();
    for (const word of ['one ', 'two ', 'three ']) call.say(word);
    const before = await readSome(events, 3);
    reader.abort();
    call.say('four ');
    const runId = before[0]?.data.run_id;
    const { events: later } = await resume(client, runId, before.at(-1)?.id);
    call.say('five');
    call.finish();
    const after = await readAll(later);
    expect(idsOf([...before, ...after]).slice(0, -1)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(textOf([...before, ...after])).toBe('one two three four five');
    expect(call.signal.aborted).toBe(false);
  });

  it('can be read again whole after its end, from the database, byte for byte', async () => {
    const chat = await start();
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    for (let index = 0; index < 50; index += 1) call.say(`${index} `);
    call.finish();
    const live = await readAll(events);
    const runId = live[0]?.data.run_id;
    expect(await readAll((await resume(client, runId)).events)).toEqual(live);
    expect(await readAll((await resume(client, runId, '30')).events)).toEqual(live.slice(30));
    expect(typesOf(await readAll((await resume(client, runId, '999')).events))).toEqual(['[DONE]']);
  });

  it('can be followed in another process while it runs, with no event lost or doubled', async () => {
    const [here, there] = [await start(), await start()];
    const { client, actor } = await signIn(here);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await here.model.nextCall();
    call.say('one ');
    const [first] = await readSome(events, 1);
    const away = await resume(clientOf(there, actor), first?.data.run_id);
    const [remote] = await readSome(away.events, 1);
    expect(remote).toEqual(first);
    call.say('two ');
    call.finish();
    const [live, followed] = [await readAll(events), await readAll(away.events)];
    expect(followed).toEqual(live);
    expect(idsOf(live).slice(0, -1)).toEqual(['2', '3', '4']);
  });

  it('is kept alive by a reader in another process', async () => {
    const here = await start({ settings: { graceSeconds: 3 } });
    const there = await start({ settings: { graceSeconds: 3 } });
    const { client, actor } = await signIn(here);
    const reader = new AbortController();
    const { events } = await client.stream(
      '/chat/stream',
      { message: 'Well?' },
      { signal: reader.signal },
    );
    const call = await here.model.nextCall();
    const [first] = await readSome(events, 1);
    const away = await resume(clientOf(there, actor), first?.data.run_id);
    reader.abort();
    const leftAt = performance.now();
    call.say('still here');
    const followed = await readSome(away.events, 2);
    expect(textOf(followed)).toBe('still here');
    await vi.waitFor(() => expect(performance.now() - leftAt).toBeGreaterThan(5000), {
      timeout: 10_000,
    });
    expect(call.signal.aborted).toBe(false);
    call.finish();
    expect(typesOf(await readAll(away.events)).at(-1)).toBe('[DONE]');
  });

  it('is not there for anybody else, in the same team or another', async () => {
    const chat = await start();
    const { client, actor } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    const call = await chat.model.nextCall();
    const [first] = await readSome(events, 1);
    const runId = first?.data.run_id;
    const stranger = await addTeam(test.database);
    const colleague = { ...stranger.actor, teamId: actor.teamId };
    const elsewhere = { ...actor, teamId: stranger.id };
    const others = [stranger.actor, colleague, elsewhere].map((other) => clientOf(chat, other));
    const statuses = async () =>
      Promise.all(others.map(async (other) => (await resume(other, runId)).response.status));
    expect(await statuses()).toEqual([404, 404, 404]);
    call.finish();
    await readAll(events);
    expect(await statuses()).toEqual([404, 404, 404]);
    expect((await resume(client, newId<RunId>())).response.status).toBe(404);
    expect((await resume(client, runId, 'x')).response.status).toBe(422);
  });

  it('is gone when its retention is over', async () => {
    const chat = await start({ settings: { retentionMinutes: 0 } });
    const { client } = await signIn(chat);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    (await chat.model.nextCall()).finish();
    const [first] = await readAll(events);
    expect((await resume(client, first?.data.run_id)).response.status).toBe(404);
    await chat.chat.takeover.purgeEvents();
    const left = await test.database
      .forSystem()
      .selectFrom('run_events')
      .select('run_id')
      .where('run_id', '=', first?.data.run_id)
      .execute();
    expect(left).toEqual([]);
  });
});
