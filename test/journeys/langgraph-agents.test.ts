import type { Client as LangGraphClient } from '@langchain/langgraph-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsIn, startAgentModel, type AgentModel } from '#test/agent-model';
import { signUpAgentOwner } from '#test/agent-owner';
import { startEffectServer, type EffectServer } from '#test/effect-server';
import { ask, langGraphClient, type Frame } from '#test/langgraph-client';
import { startTestService, type TestService } from '#test/service';

const TOKEN = 'token-of-the-effects';
const DELIVER = { name: 'effects__deliver', input: { what: 'flour' } };

let model: AgentModel;
let effects: EffectServer;
let test: TestService;
let langgraph: LangGraphClient;
let agentId: string;

beforeAll(async () => {
  model = await startAgentModel();
  effects = await startEffectServer(TOKEN);
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'test-model',
    SSRF_ALLOW_HOSTS: effects.host,
    RATE_LIMIT_CHAT_FREE: '1000/minute',
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const mcp = { name: 'effects', url: effects.url, headers, approvals: ['deliver'] };
  const { client, agent } = await signUpAgentOwner(test.baseUrl, { mcp });
  agentId = agent.id;
  const scopes = ['read', 'write'];
  const { key } = (await client.post('/api-keys', { name: 'LangGraph', scopes })).body;
  langgraph = langGraphClient(test.baseUrl, key);
  effects.release();
});
afterAll(async () => {
  await test.close();
  await effects.close();
  await model.close();
});

/** Has the agent deliver once, and say what came of it. */
function deliverOnce(): void {
  effects.done.splice(0);
  model.follow((request) => {
    const [result] = resultsIn(request);
    return result === undefined ? { calls: [DELIVER] } : { content: `So: ${result}` };
  });
}

describe("an agent that is asked by LangGraph's client", () => {
  it('is an assistant, whose calls of tools are messages', async () => {
    expect(await langgraph.assistants.get(agentId)).toMatchObject({
      name: 'miller',
      metadata: { tools: ['calculator', 'search_project', 'mcp:effects'] },
    });
    model.follow((request) => {
      const [result] = resultsIn(request);
      const sum = { name: 'calculator', input: { expression: '6 * 7' } };
      return result === undefined ? { calls: [sum] } : { content: `It is ${result}.` };
    });
    const { thread_id: threadId } = await langgraph.threads.create();
    const values = await langgraph.runs.wait(threadId, agentId, ask('How much?'));
    expect(values).toMatchObject({
      messages: [
        { type: 'human' },
        { type: 'ai', tool_calls: [{ name: 'calculator', args: { expression: '6 * 7' } }] },
        { type: 'tool', name: 'calculator', content: '42', status: 'success' },
        { type: 'ai', content: 'It is 42.' },
      ],
    });
  });

  it('waits for a human, who lets it go on by a command', async () => {
    deliverOnce();
    const { thread_id: threadId } = await langgraph.threads.create();
    const asked = await Array.fromAsync<Frame>(
      langgraph.runs.stream(threadId, agentId, { ...ask('Deliver'), streamMode: ['values'] }),
    );
    const interrupt = {
      value: { action_requests: [{ name: 'effects__deliver', args: { what: 'flour' } }] },
    };
    expect(asked.slice(-2)).toMatchObject([
      { event: 'values', data: { __interrupt__: [interrupt] } },
      { event: 'end', data: { status: 'interrupted' } },
    ]);
    expect(await langgraph.threads.getState(threadId)).toMatchObject({
      next: ['tools'],
      tasks: [{ name: 'tools', interrupts: [interrupt] }],
    });
    const [thread] = await langgraph.threads.search({ status: 'interrupted' });
    expect(thread).toMatchObject({ thread_id: threadId, status: 'interrupted' });
    expect(Object.values(thread?.interrupts ?? {})).toMatchObject([[interrupt]]);
    expect(effects.done).toEqual([]);

    const command = { resume: { decisions: [{ type: 'approve' }] } };
    const rest = await Array.fromAsync<Frame>(
      langgraph.runs.stream(threadId, agentId, { command, streamMode: ['values', 'updates'] }),
    );
    expect(effects.done).toHaveLength(1);
    expect(rest.at(-1)).toMatchObject({ event: 'end', data: { status: 'success' } });
    expect(rest.map(({ event }) => event)).toEqual(['updates', 'updates', 'values', 'end']);
    expect(rest.at(-2)).toMatchObject({
      data: {
        messages: [
          {},
          {},
          { type: 'tool' },
          { type: 'ai', content: expect.stringMatching(/^So: /) },
        ],
      },
    });
    await expect(langgraph.runs.wait(threadId, agentId, { command })).rejects.toThrow('HTTP 409');
  });

  it('is told why a human says no', async () => {
    deliverOnce();
    const { thread_id: threadId } = await langgraph.threads.create();
    expect(await langgraph.runs.wait(threadId, agentId, ask('Deliver'))).toMatchObject({
      __interrupt__: [{}],
    });
    const decisions = [{ type: 'reject', message: 'No flour today' }];
    const two = { resume: { decisions: [...decisions, ...decisions] } };
    await expect(langgraph.runs.wait(threadId, agentId, { command: two })).rejects.toThrow(
      /HTTP 422.*each of the 1 calls/,
    );
    const values = await langgraph.runs.wait(threadId, agentId, {
      command: { resume: { decisions } },
    });
    expect(JSON.stringify(values)).toContain('No flour today');
    expect(effects.done).toEqual([]);
  });
});
