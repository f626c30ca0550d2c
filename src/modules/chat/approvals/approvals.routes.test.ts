import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import type { Client, Json } from '#test/client';
import type { ChatUnderTest } from '../testing/chat-under-test.ts';
import { answerOf, readAll, readSome, typesOf } from '../testing/read-chat.ts';
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

/** Asks, and has the model call a tool that a human must approve. */
async function waitForApproval(names: readonly string[] = ['pay']) {
  const person = await tools.signIn(chat);
  const { events } = await person.ask();
  const [session] = await readSome(events, 1);
  await callTools(chat, names);
  const { run_id: runId, session_id: sessionId } = session?.data ?? {};
  const run = `/chat/runs/${runId}`;
  await vi.waitFor(async () => expect((await person.client.get(run)).body.status).toBe('waiting'), {
    timeout: 20_000,
  });
  const decide = (decision: string, more: object = {}) =>
    decideAs(person.client, run, { decision, ...more });
  chat.audited.splice(0);
  return { ...person, events, run, runId, sessionId, decide };
}

const decideAs = (client: Client, run: string, body: object): Promise<Json> =>
  client.post(`${run}/approvals`, { tool_call_id: 'call-pay', ...body });

describe('a call that a human must approve', () => {
  it('has the run wait, and is made when it is approved', async () => {
    const { client, events, run, decide, billedTokens } = await waitForApproval(['look', 'pay']);
    expect(tools.called.map(([name]) => name)).toEqual(['look']);
    const pending = { tool_call_id: 'call-pay', name: 'pay', arguments: '{"of":"pay"}' };
    const { items } = (await client.get(`${run}/approvals`)).body;
    expect(items).toEqual([{ ...pending, status: 'pending', comment: null }]);
    const { status, body } = await decide('approve');
    expect([status, body.status]).toEqual([200, 'approved']);
    const { request } = await say(chat, 'Paid.');
    expect(request.turns.at(-1)?.content).toBe('pay did it');
    expect(typesOf(await readAll(events)).join(' ')).toBe(
      'step tool_call tool_call tool_result approval_required status approval tool_start tool_result token usage [DONE]',
    );
    expect(tools.called).toEqual([
      ['look', { of: 'look' }],
      ['pay', { of: 'pay' }],
    ]);
    expect(chat.audited).toEqual(['tool.approved']);
    expect((await client.get(run)).body).toMatchObject({ status: 'done' });
    expect(await billedTokens()).toHaveLength(2);
    expect((await decide('approve')).status).toBe(200);
    expect((await decide('reject')).body.reason).toBe('approval.decided');
  });

  it('is not made when it is rejected, and the model learns why', async () => {
    const { events, decide } = await waitForApproval();
    await decide('reject', { comment: 'Too dear' });
    const { request } = await say(chat, 'Then not.');
    expect(request.turns.at(-1)?.content).toContain('Too dear');
    await readAll(events);
    expect([tools.called, chat.audited]).toEqual([[], ['tool.rejected']]);
  });

  it('waits until each call of its turn is decided, by whoever decides at the same time', async () => {
    const { client, events, run } = await waitForApproval(['pay', 'pay']);
    const { items } = (await client.get(`${run}/approvals`)).body;
    const decided = await Promise.all(
      items.map(({ tool_call_id: id }: Json) =>
        decideAs(client, run, { tool_call_id: id, decision: 'approve' }),
      ),
    );
    expect(decided.map(({ status }) => status)).toEqual([200, 200]);
    await say(chat, 'Paid twice.');
    await readAll(events);
    expect(tools.called).toHaveLength(2);
  });

  it('keeps its session busy, and is called off with its run', async () => {
    const { client, events, run, sessionId, decide, billedTokens } = await waitForApproval();
    const other = await client.post('/chat', { message: 'x', session_id: sessionId });
    expect(other.body.reason).toBe('session.busy');
    expect((await client.post(`${run}/cancel`)).status).toBe(204);
    expect((await readAll(events)).at(-2)?.data.finish_reason).toBe('cancelled');
    expect((await decide('approve')).body.reason).toBe('run.not_waiting');
    expect(await answerOf(client, sessionId)).toMatchObject({
      status: 'aborted',
      tool_calls: [{ name: 'pay', content: null }],
    });
    expect([tools.called, (await billedTokens()).length]).toEqual([[], 1]);
  });

  it('is decided by nobody but who asked', async () => {
    const { client, events, run } = await waitForApproval();
    const stranger = (await tools.signIn(chat)).client;
    expect((await decideAs(stranger, run, { decision: 'approve' })).status).toBe(404);
    expect((await stranger.get(`${run}/approvals`)).status).toBe(404);
    const unknown = { tool_call_id: 'call-other', decision: 'approve' };
    expect((await client.post(`${run}/approvals`, unknown)).status).toBe(404);
    await client.post(`${run}/cancel`);
    await readAll(events);
  });

  it('is refused at once in an answer in one piece', async () => {
    const { client } = await tools.signIn(chat);
    const asking = client.post('/chat', { message: 'Pay!' });
    await callTools(chat, ['pay']);
    await say(chat, 'I may not.');
    expect((await asking).status).toBe(200);
    expect([tools.called, chat.refused]).toEqual([[], ['pay']]);
  });
});
