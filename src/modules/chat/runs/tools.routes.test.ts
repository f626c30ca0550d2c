import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import type { ChatUnderTest } from '../testing/chat-under-test.ts';
import { answerOf, readAll, textOf, typesOf } from '../testing/read-chat.ts';
import { USAGE } from '../testing/scripted-model.ts';
import {
  callTools,
  createToolsUnderTest,
  say,
  type ToolsUnderTest,
} from '../testing/tools-under-test.ts';

const TURN_TOKENS = USAGE.promptTokens + USAGE.completionTokens;

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

describe('an answer by an agent with tools', () => {
  it('calls them in turn, tells each move, and is billed for each turn', async () => {
    const { ask, client, billedTokens } = await tools.signIn(chat);
    const { events } = await ask();
    const first = await chat.model.nextCall();
    expect(first.request.tools?.map(({ name }) => name)).toEqual(['look', 'send', 'pay']);
    first.say('Let me look.');
    first.callTool('look', { of: 'a' }, 'x');
    first.callTool('send', { of: 'b' }, 'x');
    first.finish();
    const second = await say(chat, 'It is so.');
    const [asked, calling, ...results] = second.request.turns.slice(1);
    expect(asked).toEqual({ role: 'user', content: 'Well?' });
    const ids = calling?.toolCalls?.map(({ id }) => id) ?? [];
    // Two calls of one id would be one.
    expect([ids[0], new Set(ids).size]).toEqual(['x', 2]);
    expect(calling?.content).toBe('Let me look.');
    expect(results).toEqual([
      { role: 'tool', content: 'look did it', toolCallId: ids[0] },
      { role: 'tool', content: 'send did it', toolCallId: ids[1] },
    ]);
    const told = await readAll(events);
    expect(typesOf(told).join(' ')).toBe(
      'session token step tool_call tool_call tool_result tool_start tool_result token usage [DONE]',
    );
    expect(textOf(told)).toBe('Let me look.\n\nIt is so.');
    const answer = await answerOf(client, told[0]?.data.session_id);
    expect(answer).toMatchObject({
      status: 'complete',
      content: 'Let me look.\n\nIt is so.',
      usage: { prompt_tokens: 2 * USAGE.promptTokens },
      tool_calls: [
        { name: 'look', arguments: '{"of":"a"}', content: 'look did it', is_error: false },
        { name: 'send', content: 'send did it' },
      ],
    });
    const tokens = await billedTokens();
    expect(tokens.map(({ amount }) => amount)).toEqual([TURN_TOKENS, TURN_TOKENS]);
    const billed = tokens.reduce((sum, { cost_micros: cost }) => sum + cost, 0);
    expect(Math.round(answer.usage.cost * 1e6)).toBe(billed);
  });

  it('is remembered with what they did', async () => {
    const { ask } = await tools.signIn(chat);
    const { events } = await ask();
    await callTools(chat, ['look']);
    await say(chat, 'So.');
    const sessionId = (await readAll(events))[0]?.data.session_id;
    const next = await ask({ session_id: sessionId });
    const { request } = await say(chat, 'Still so.');
    await readAll(next.events);
    expect(request.turns.slice(1).map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Well?'],
      ['assistant', ''],
      ['tool', 'look did it'],
      ['assistant', 'So.'],
      ['user', 'Well?'],
    ]);
  });

  it('has the model told that there is no tool of that name, and goes on', async () => {
    const { ask } = await tools.signIn(chat);
    const { events } = await ask();
    await callTools(chat, ['delete_project']);
    const { request } = await say(chat, 'I cannot.');
    expect(request.turns.at(-1)?.content).toBe('no such tool');
    await readAll(events);
    expect([chat.refused, tools.called]).toEqual([['delete_project'], []]);
  });

  it('ends at its most steps, with what was said, and calls nothing more', async () => {
    const short = await tools.start({ agent: { maxSteps: 2 } });
    const { ask, client, billedTokens } = await tools.signIn(short);
    const { events } = await ask();
    await callTools(short, ['look']);
    const last = await short.model.nextCall();
    last.say('Once more.');
    last.callTool('send');
    last.finish();
    const told = await readAll(events);
    expect(told.at(-2)?.data).toMatchObject({ type: 'usage', finish_reason: 'max_steps' });
    const answer = await answerOf(client, told[0]?.data.session_id);
    expect(answer).toMatchObject({ status: 'complete', content: 'Once more.' });
    expect(tools.called.map(([name]) => name)).toEqual(['look']);
    expect(await billedTokens()).toHaveLength(2);
  });

  it('ends where one turn calls more tools than any plan has', async () => {
    const { ask } = await tools.signIn(chat);
    const { events } = await ask();
    await callTools(
      chat,
      Array.from({ length: 200 }, () => 'send'),
    );
    expect((await readAll(events)).at(-2)?.data.finish_reason).toBe('max_steps');
    expect(tools.called).toEqual([]);
  });

  it('ends when its agent has spent what one run may', async () => {
    const poor = await tools.start({ agent: { budgetMicros: 1500 } });
    const { ask } = await tools.signIn(poor);
    const { events } = await ask();
    await callTools(poor, ['look']);
    await callTools(poor, ['send']);
    expect((await readAll(events)).at(-2)?.data.finish_reason).toBe('budget');
    expect(tools.called.map(([name]) => name)).toEqual(['look']);
  });

  it('makes no call that was cut off', async () => {
    const { ask } = await tools.signIn(chat);
    const { events } = await ask();
    const call = await chat.model.nextCall();
    call.callTool('send', '{"of": "b');
    call.cut();
    const told = await readAll(events);
    expect(told.at(-2)?.data).toMatchObject({ type: 'error', code: 'EXTERNAL_SERVICE_ERROR' });
    expect(tools.called).toEqual([]);
  });
});
