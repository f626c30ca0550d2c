import { expect } from 'vitest';
import { signUp, type Client, type Json } from './client.ts';

const MICROS = 1_000_000;
/** The lease of a process that is gone, and a sweep. */
const TAKEOVER = { timeout: 40_000, interval: 100 };

export type AgentOwnerOptions = {
  /** A server whose tools the agent may use. */
  readonly mcp?: { readonly name: string } & Readonly<Record<string, unknown>>;
  /** Members of the agent that are otherwise. */
  readonly agent?: object;
};

/** Somebody with a project and an agent in it, and a limit that counts what is spent. */
export async function signUpAgentOwner(
  baseUrl: string,
  { mcp, agent: members }: AgentOwnerOptions,
) {
  const person = await signUp(baseUrl);
  const { client } = person;
  const { id: projectId } = (await client.post('/projects', { name: 'Mill' })).body;
  if (mcp) {
    const { status } = await client.post(`/projects/${projectId}/mcp-servers`, mcp);
    expect(status).toBe(201);
  }
  const body = {
    name: 'miller',
    instructions: 'You are the miller.',
    tools: ['calculator', 'search_project', ...(mcp ? [`mcp:${mcp.name}`] : [])],
    retrieval: { automatic: false },
    ...members,
  };
  const agent: Json = (await client.post(`/projects/${projectId}/agents`, body)).body;
  const limit = { scope: 'team', window: 'month', unit: 'cost', amount: 1000 };
  const { id: limitId } = (await client.post('/spend-limits', limit)).body;
  const asked = { project_id: projectId, agent_id: agent.id };
  const ask = (message: string, more: object = {}) =>
    client.stream('/chat/stream', { message, ...asked, ...more });
  return { ...person, projectId, agent, limitId, ask };
}

type Payer = { readonly client: Client; readonly limitId: string };

/** Message, ledger and limit say the same, and nothing stays reserved. */
export async function expectBilled(
  { client, limitId }: Payer,
  sessionId: string,
  costMicros: number,
): Promise<void> {
  const { items } = (await client.get(`/chat/sessions/${sessionId}/messages`)).body;
  expect(Math.round(items.at(-1).usage.cost * MICROS)).toBe(costMicros);
  const { body: ledger } = await client.get('/usage/summary?group_by=model');
  expect(Math.round(ledger.total.cost * MICROS)).toBe(costMicros);
  await expect
    .poll(async () => (await client.get(`/spend-limits/${limitId}`)).body.reserved, TAKEOVER)
    .toBe(0);
  const { body: state } = await client.get(`/spend-limits/${limitId}`);
  expect(Math.round(state.used * MICROS)).toBe(costMicros);
}
