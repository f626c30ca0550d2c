import { expect, it } from 'vitest';
import type { AgentTool, ToolContext } from '#modules/agents';
import { notFound } from '#platform/errors/app-error';
import { newId, type ProjectId } from '#shared/ids';
import { buildActor } from '#test/http-app';
import { createMcpToolService } from './mcp-tools.service.ts';

const actor = buildActor();
const { signal } = new AbortController();

function buildTool(name: string, run: AgentTool['run']): AgentTool {
  const properties = { query: { type: 'string' } };
  const parameters = { type: 'object', properties, required: ['query'] };
  return {
    name,
    description: name,
    parameters,
    touches: ['project'],
    needsApproval: false,
    isRepeatable: true,
    run,
  };
}

function createService(run: AgentTool['run']) {
  const errors: unknown[] = [];
  const service = createMcpToolService({
    toolSource: {
      list: async (_user, names) => ({
        tools: [buildTool('search_project', run)].filter(({ name }) => names.includes(name)),
        close: async () => undefined,
      }),
    },
    listProjects: buildTool('list_projects', run),
    logger: { error: (...entry: unknown[]) => void errors.push(entry) },
  });
  return { service, errors };
}

it('adds the project to what a tool of an agent wants, and takes it out again', async () => {
  const calls: { input: unknown; context: ToolContext }[] = [];
  const { service } = createService(async (input, context) => {
    calls.push({ input, context });
    return { text: 'found', isError: false };
  });
  const [projects, search] = await service.list(actor);
  expect(projects?.inputSchema).toMatchObject({ required: ['query'] });
  expect(search?.inputSchema).toMatchObject({
    properties: { project_id: { format: 'uuid' }, query: { type: 'string' } },
    required: ['project_id', 'query'],
  });
  const projectId = newId<ProjectId>();
  const input = { project_id: projectId, query: 'herons' };
  const result = await service.call(actor, { name: 'search_project', input }, signal);
  expect(result).toEqual({ text: 'found', isError: false });
  expect(calls).toMatchObject([
    { input: { query: 'herons' }, context: { actor, projectId, sessionId: null, runId: null } },
  ]);
});

it.each([undefined, {}, { project_id: 'x' }, { project_id: 7 }, 'text'])(
  'runs nothing for %j, which names no project',
  async (input) => {
    const { service } = createService(() => Promise.reject(new Error('it ran')));
    const result = await service.call(actor, { name: 'search_project', input }, signal);
    expect(result).toMatchObject({ isError: true, text: expect.stringContaining('project_id') });
  },
);

it('tells what was expected to fail, and keeps the rest to the log', async () => {
  const failures: unknown[] = [notFound('project', 'x'), new Error('select * from secrets')];
  const { service, errors } = createService(() => Promise.reject(failures.shift()));
  const call = () => service.call(actor, { name: 'list_projects', input: {} }, signal);
  expect(await call()).toMatchObject({ isError: true, text: expect.stringContaining('project') });
  expect(errors).toEqual([]);
  expect(await call()).toEqual({ isError: true, text: 'The tool failed' });
  expect(errors).toHaveLength(1);
});

it('has no other tool of agents', async () => {
  const { service } = createService(async () => ({ text: '', isError: false }));
  expect(await service.call(actor, { name: 'fetch_url', input: {} }, signal)).toBeUndefined();
});
