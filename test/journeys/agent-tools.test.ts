import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAll, readSome, textOf, typesOf } from '../../src/modules/chat/testing/read-chat.ts';
import { resultsIn, startAgentModel, TURN_TOKENS, type AgentModel } from '#test/agent-model';
import { expectBilled, signUpAgentOwner } from '#test/agent-owner';
import {
  createAnsweringProcesses,
  expectEachOnce,
  readUntilKilled,
  resumeStream,
  type AnsweringProcesses,
} from '#test/answering-processes';
import {
  createClient,
  uploadAndWait,
  type Client,
  type Json,
  type StreamEvent,
} from '#test/client';
import { startEffectServer, type EffectServer } from '#test/effect-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import type { ServerProcess } from '#test/server-process';

const TOKEN = 'token-of-the-effects';
const credentials = { authorization: `Bearer ${TOKEN}` };
/** Two starts of a server and two leases, on a busy machine. */
const PATIENCE_MS = 180_000;
const TURN_COST_MICROS = TURN_TOKENS.prompt_tokens + 2 * TURN_TOKENS.completion_tokens;

let model: AgentModel;
let wire: ModelWire;
let effects: EffectServer;
let processes: AnsweringProcesses;

beforeAll(async () => {
  model = await startAgentModel();
  wire = await startModelWire(model.mock.url);
  effects = await startEffectServer(TOKEN);
});
afterAll(async () => {
  await wire.close();
  await model.close();
  await effects.close();
});
beforeEach(async () => {
  wire.reset();
  effects.release();
  effects.done.splice(0);
  processes = await createAnsweringProcesses(wire.baseUrl, {
    COST_USD_RATE: '1',
    // A run counts as one stream, however many turns it takes.
    CONCURRENT_STREAMS_FREE: '1',
    AGENT_MAX_STEPS: '4',
    SSRF_ALLOW_HOSTS: effects.host,
  });
});
afterEach(() => processes.close());

const signUpWithAgent = ({ baseUrl }: ServerProcess, approvals: readonly string[] = []) =>
  signUpAgentOwner(baseUrl, {
    mcp: { name: 'effects', url: effects.url, headers: credentials, approvals },
  });

const clientAt = ({ baseUrl }: ServerProcess, { accessToken }: Client) =>
  createClient(baseUrl, accessToken);

/** Comes back to the stream after the last event that arrived, and reads it to its end. */
async function resume(client: Client, seen: readonly StreamEvent[]) {
  const all = await resumeStream(client, seen);
  expect(all).not.toContainEqual(
    expect.objectContaining({ data: expect.objectContaining({ type: 'error' }) }),
  );
  expectEachOnce(all);
  return all;
}

const deliver = { name: 'effects__deliver', input: { what: 'flour' } };

describe('an agent of a project', () => {
  it(
    'looks, calculates, searches and uses its MCP server, and its answer cites what it found',
    async () => {
      const server = await processes.start();
      const { client, projectId, ask, limitId } = await signUpWithAgent(server);
      const content = 'The mill grinds nine sacks of rye each day.';
      await uploadAndWait(client, projectId, { name: 'mill.txt', content });
      model.follow((request) => {
        const results = resultsIn(request);
        if (results.length === 0) {
          const search = { name: 'search_project', input: { query: 'sacks of rye' } };
          const sum = { name: 'calculator', input: { expression: '9 * 7' } };
          return { content: 'Let me look.', calls: [search, sum] };
        }
        if (results.length === 2) return { calls: [deliver] };
        const [, number] = /<source id="(\d+)"/.exec(results.join('\n')) ?? [];
        return { content: `"nine sacks of rye" [${number}], so ${results[1]}; ${results[2]}.` };
      });
      const { events } = await ask('How many in a week?');
      const told = await readAll(events);
      expect(textOf(told)).toBe(
        'Let me look.\n\n"nine sacks of rye" [101], so 63; deliver flour: done.',
      );
      const types = typesOf(told).filter((type) => type !== 'token');
      expect(types.join(' ')).toBe(
        'session step tool_call tool_call tool_result tool_result step tool_call tool_start tool_result citation usage [DONE]',
      );
      expect(effects.done).toEqual(['deliver flour']);
      const { session_id: sessionId } = told[0]?.data ?? {};
      const { items } = (await client.get(`/chat/sessions/${sessionId}/messages`)).body;
      expect(items.at(-1)).toMatchObject({
        status: 'complete',
        citations: [{ document_title: 'mill.txt', quote: 'nine sacks of rye' }],
        tool_calls: [
          { name: 'search_project' },
          { name: 'calculator', content: '63' },
          { name: 'effects__deliver', content: 'deliver flour: done' },
        ],
      });
      const [first] = wire.calls;
      expect(JSON.parse(first?.body ?? '').messages[0].content).toMatch(/^You are the miller\./);
      await expectBilled({ client, limitId }, sessionId, 3 * TURN_COST_MICROS);
    },
    PATIENCE_MS,
  );

  it(
    'answers for its project where a question names no other, and ends at its most steps',
    async () => {
      const server = await processes.start();
      const { client, projectId, agent, limitId } = await signUpWithAgent(server);
      const settings = { agent_id: agent.id };
      expect((await client.call('PATCH', `/projects/${projectId}`, { settings })).status).toBe(200);
      model.follow(() => ({
        content: 'Again.',
        calls: [{ name: 'calculator', input: { expression: '1' } }],
      }));
      const body = { message: 'Go on for ever', project_id: projectId };
      const told = await readAll((await client.stream('/chat/stream', body)).events);
      expect(told.at(-2)?.data).toMatchObject({ type: 'usage', finish_reason: 'max_steps' });
      expect(typesOf(told).filter((type) => type === 'tool_result')).toHaveLength(3);
      expect(textOf(told)).toBe('Again.\n\nAgain.\n\nAgain.\n\nAgain.');
      const { session_id: sessionId } = told[0]?.data ?? {};
      await expectBilled({ client, limitId }, sessionId, 4 * TURN_COST_MICROS);
    },
    PATIENCE_MS,
  );
});

describe('a process that is killed while its agent uses tools', () => {
  const deliverOnce = () =>
    model.follow((request) => {
      const results = resultsIn(request);
      return results.length === 0 ? { calls: [deliver] } : { content: `I heard: ${results[0]}` };
    });

  it(
    'between a call and its result: the call is not made again, and the model is told',
    async () => {
      const first = await processes.start();
      const asked = await signUpWithAgent(first);
      deliverOnce();
      effects.hold();
      const { events } = await asked.ask('Deliver the flour');
      const seen = [...(await readSome(events, 4))];
      expect(typesOf(seen).join(' ')).toBe('session step tool_call tool_start');
      await effects.called(1);
      await Promise.all([readUntilKilled(events, (event) => seen.push(event)), first.kill()]);
      effects.release();
      const client = clientAt(await processes.start(), asked.client);
      const told = await resume(client, seen);
      expect(textOf(told)).toMatch(/^I heard: The process that called this tool ended/);
      expect(effects.done).toEqual(['deliver flour']);
      const { session_id: sessionId } = told[0]?.data ?? {};
      await expectBilled({ ...asked, client }, sessionId, 2 * TURN_COST_MICROS);
    },
    PATIENCE_MS,
  );

  it(
    'after a result: the next process goes on with that result',
    async () => {
      const first = await processes.start();
      const asked = await signUpWithAgent(first);
      deliverOnce();
      effects.hold();
      const { events } = await asked.ask('Deliver the flour');
      const seen = [...(await readSome(events, 4))];
      // Before there is a result, with which the model is asked at once.
      wire.holdAfter(0);
      effects.release();
      seen.push(...(await readSome(events, 1)));
      expect(seen.at(-1)?.data.type).toBe('tool_result');
      await wire.called(2);
      await Promise.all([readUntilKilled(events, (event) => seen.push(event)), first.kill()]);
      wire.release();
      const client = clientAt(await processes.start(), asked.client);
      const told = await resume(client, seen);
      expect(textOf(told)).toBe('I heard: deliver flour: done');
      expect(effects.done).toEqual(['deliver flour']);
      const { session_id: sessionId } = told[0]?.data ?? {};
      await expectBilled({ ...asked, client }, sessionId, 2 * TURN_COST_MICROS);
    },
    PATIENCE_MS,
  );

  it(
    'while a human is asked: the answer goes on after the restart, once it is approved',
    async () => {
      const first = await processes.start();
      const asked = await signUpWithAgent(first, ['deliver']);
      deliverOnce();
      const { events } = await asked.ask('Deliver the flour');
      const seen = [...(await readSome(events, 5))];
      expect(typesOf(seen).join(' ')).toBe('session step tool_call approval_required status');
      const { run_id: runId, session_id: sessionId } = seen[0]?.data ?? {};
      const limit = `/spend-limits/${asked.limitId}`;
      expect((await asked.client.get(limit)).body.reserved).toBe(0);
      await Promise.all([readUntilKilled(events, (event) => seen.push(event)), first.kill()]);

      const client = clientAt(await processes.start(), asked.client);
      const run = `/chat/runs/${runId}`;
      expect((await client.get(run)).body).toMatchObject({ status: 'waiting' });
      expect(effects.done).toEqual([]);
      const going = resume(client, seen);
      const { items } = (await client.get(`${run}/approvals`)).body;
      expect(items).toMatchObject([{ name: 'effects__deliver', status: 'pending' }]);
      const [{ tool_call_id: callId }] = items;
      const decided = { tool_call_id: callId, decision: 'approve' };
      expect((await client.post(`${run}/approvals`, decided)).status).toBe(200);
      const told = await going;
      expect(textOf(told)).toBe('I heard: deliver flour: done');
      expect(effects.done).toEqual(['deliver flour']);
      await vi.waitFor(async () => {
        expect((await client.get(run)).body.status).toBe('done');
      });
      await expectBilled({ ...asked, client }, sessionId, 2 * TURN_COST_MICROS);
      const next: Json = await client.get(`/chat/sessions/${sessionId}/messages`);
      expect(next.body.items.at(-1).tool_calls).toMatchObject([{ is_error: false }]);
    },
    PATIENCE_MS,
  );
});
