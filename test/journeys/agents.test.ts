import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ResolveAgentInput } from '#modules/agents';
import { newId } from '#shared/ids';
import { buildActor } from '#test/http-app';
import { signUp, type Client, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

let test: TestService;
let client: Client;
let me: Json;
let project: Json;
let path: string;

beforeAll(async () => {
  test = await startTestService({ AGENT_MAX_STEPS: '5' });
});
beforeEach(async () => {
  const person = await signUp(test.baseUrl);
  [client, me] = [person.client, person.user];
  project = (await client.post('/projects', { name: 'Herons' })).body;
  path = `/projects/${project.id}`;
});
afterAll(() => test.close());

function resolve(agent: Json, version?: number) {
  const actor = buildActor({ userId: me.id, teamId: project.team_id });
  const input: ResolveAgentInput = { projectId: project.id, agentId: agent.id, version };
  return test.service.modules.agents.resolver.resolve(actor, input);
}

describe('an agent', () => {
  it('changes by versions, of which each stays as it was', async () => {
    const body = { name: 'guide', instructions: 'Be short.', tools: ['calculator'], max_steps: 3 };
    const created = await client.post(`${path}/agents`, body);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ ...body, version: 1, created_by_id: me.id });
    const agent = `${path}/agents/${created.body.id}`;
    const changed = await client.call('PATCH', agent, { tools: ['search_project', 'mcp:notes'] });
    expect(changed.body).toMatchObject({ version: 2, instructions: 'Be short.', max_steps: 3 });
    expect((await client.call('PATCH', agent, { max_steps: null })).body.max_steps).toBeNull();

    expect((await client.get(`${agent}/versions/1`)).body).toEqual(created.body);
    expect((await client.get(`${agent}/versions`)).body).toMatchObject({
      total: 3,
      items: [{ version: 3 }, { version: 2 }, { version: 1 }],
    });
    expect((await client.get(`${path}/agents`)).body.items).toMatchObject([{ version: 3 }]);
    expect((await client.get(`${agent}/versions/4`)).status).toBe(404);
    expect((await client.call('DELETE', agent)).status).toBe(204);
    expect((await client.get(agent)).status).toBe(404);
  });

  it('is resolved as it was pinned, else in its newest version', async () => {
    const body = { name: 'guide', instructions: 'One', budget_micros: 500, approvals: ['*'] };
    const { body: agent } = await client.post(`${path}/agents`, body);
    const retrieval = { automatic: false, top_k: 3, mode: 'lexical' };
    await client.call('PATCH', `${path}/agents/${agent.id}`, { instructions: 'Two', retrieval });
    expect(await resolve(agent, 1)).toMatchObject({ version: 1, instructions: 'One' });
    expect(await resolve(agent)).toEqual({
      agentId: agent.id,
      version: 2,
      model: undefined,
      instructions: 'Two',
      tools: [],
      approvals: ['*'],
      retrieval: { isAutomatic: false, topK: 3, mode: 'lexical' },
      maxSteps: 5,
      budgetMicros: 500,
    });
    await expect(resolve(agent, 9)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(resolve({ id: newId() })).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('takes its instructions from a prompt, in the version that it names', async () => {
    const prompt = { name: 'house', text: 'You are {{who}}. {{ who }} is kind.' };
    const { body: kept } = await client.post(`${path}/prompts`, prompt);
    expect(kept).toMatchObject({ ...prompt, version: 1, variables: ['who'] });
    const made = (name: string, reference: string) =>
      client.post(`${path}/agents`, { name, prompt: reference, variables: { who: 'a {{heron}}' } });
    const [newest, pinned] = [await made('newest', 'house'), await made('pinned', 'house@1')];
    await client.call('PATCH', `${path}/prompts/${kept.id}`, { text: 'Now {{who}}' });
    expect(await resolve(newest.body)).toMatchObject({ instructions: 'Now a {{heron}}' });
    expect(await resolve(pinned.body)).toMatchObject({
      instructions: 'You are a {{heron}}. a {{heron}} is kind.',
    });
  });

  it.each([
    ['an unknown tool', { tools: ['rm_rf'] }, 'tools'],
    ['a prompt that is not there', { prompt: 'nobody@7' }, 'prompt'],
    ['a name with a version', { name: 'a@1' }, 'name'],
    ['no steps', { max_steps: 0 }, 'max_steps'],
    ['a member that there is not', { temperature: 1 }, 'temperature'],
  ])('is refused with %s', async (_, members, field) => {
    const { status, body } = await client.post(`${path}/agents`, { name: 'x', ...members });
    expect(status).toBe(422);
    expect(body.errors).toEqual([expect.objectContaining({ field })]);
  });

  it('is refused with a prompt whose variables it does not fill, or instructions beside it', async () => {
    await client.post(`${path}/prompts`, { name: 'house', text: 'You are {{who}}.' });
    const make = (members: object) => client.post(`${path}/agents`, { name: 'x', ...members });
    expect((await make({ prompt: 'house' })).body.errors).toMatchObject([{ field: 'variables' }]);
    const both = { prompt: 'house', instructions: 'x', variables: { who: 'I' } };
    expect((await make(both)).body.errors).toMatchObject([{ field: 'prompt' }]);
  });

  it('has a name that no other of the project has', async () => {
    await client.post(`${path}/agents`, { name: 'guide' });
    expect((await client.post(`${path}/agents`, { name: 'guide' })).status).toBe(409);
    const other = (await client.post('/projects', { name: 'Owls' })).body;
    const { status } = await client.post(`/projects/${other.id}/agents`, { name: 'guide' });
    expect(status).toBe(201);
  });
});
