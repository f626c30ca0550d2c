import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createClient, readEvents } from '#test/client';
import type { ChatUnderTest } from '../testing/chat-under-test.ts';
import { readAll, readSome, typesOf } from '../testing/read-chat.ts';
import {
  callTools,
  createToolsUnderTest,
  say,
  type ToolsUnderTest,
} from '../testing/tools-under-test.ts';

let test: TestDatabase;
let tools: ToolsUnderTest;
let chat: ChatUnderTest;

beforeAll(async () => {
  test = await createTestDatabase();
  tools = createToolsUnderTest(test);
  chat = await tools.start();
});
afterAll(async () => {
  await tools.close();
  await test.close();
});

/** Has a tool of a first process never come back, and another process take the run up. */
async function loseDuring(name: string) {
  const begun = Promise.withResolvers<void>();
  const hang = () => {
    begun.resolve();
    return new Promise<string>(() => {});
  };
  const hanging = { ...tools.tools, [name]: { ...tools.tools[name], run: hang } };
  const first = await tools.start({ tools: hanging });
  const { actor, ask, billedTokens } = await tools.signIn(first, chat);
  const { events } = await ask();
  const [session] = await readSome(events, 1);
  await callTools(first, [name]);
  await begun.promise;
  await test.database
    .forSystem()
    .updateTable('runs')
    .set({ lease_until: new Date(0).toISOString() })
    .where('id', '=', session?.data.run_id)
    .execute();
  await chat.chat.takeover.sweepLostRuns();
  const { request } = await say(chat, 'So.');
  await readAll(events);
  const client = createClient(...chat.accessOf(actor));
  const stored = await client.request('GET', `/chat/streams/${session?.data.run_id}`);
  return { request, billedTokens, whole: typesOf(await readAll(readEvents(stored))) };
}

describe('a run that is lost between a call and its result', () => {
  it('repeats a call that may be repeated', async () => {
    const { request, whole, billedTokens } = await loseDuring('look');
    expect(request.turns.at(-1)?.content).toBe('look did it');
    expect(tools.called.map(([name]) => name)).toEqual(['look']);
    expect(whole.join(' ')).toBe('session step tool_call tool_result token usage [DONE]');
    expect(await billedTokens()).toHaveLength(2);
  });

  it('never makes another one twice: the model is told that nobody knows', async () => {
    const { request, whole, billedTokens } = await loseDuring('send');
    expect(request.turns.at(-1)?.content).toMatch(/result was known/);
    expect(tools.called).toEqual([]);
    expect(whole.join(' ')).toBe(
      'session step tool_call tool_start tool_result token usage [DONE]',
    );
    expect(await billedTokens()).toHaveLength(2);
  });
});
