import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { numberedSentences } from '#test/texts';
import type { AgentTool } from '../agent-tool.ts';
import { buildToolContext } from '../testing/tool-context.ts';
import { createBuiltInTools } from './built-in-tools.ts';

type Refusal = { readonly reason?: string; readonly target: { readonly id: string } };

let test: TestDatabase;
let world: KnowledgeWorld;
let own: TestTenant;
let foreign: TestTenant;
let tools: ReadonlyMap<string, AgentTool>;
const refusals: Refusal[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  world = await createKnowledgeWorld({ database: test.database });
  [own, foreign] = [await world.addTenant(), await world.addTenant()];
  const source = createBuiltInTools({
    ...world.knowledge,
    httpClient: { request: () => Promise.reject(new Error('nothing is fetched here')) },
    refusals: { insert: async (_actor, refusal) => void refusals.push(refusal) },
  });
  const names = ['search_project', 'read_document', 'unknown'];
  const set = await source.list({ actor: own.actor, projectId: own.projectId }, names);
  tools = new Map(set.tools.map((tool) => [tool.name, tool]));
});
afterAll(async () => {
  await world.close();
  await test.close();
});

function run(name: string, input: unknown, tenant: TestTenant = own) {
  const tool = tools.get(name);
  if (!tool) throw new Error(`no tool ${name}`);
  const { actor, projectId } = tenant;
  return tool.run(input, buildToolContext({ actor, projectId }));
}

it('offers the tools that there are, by their names', () => {
  expect([...tools.keys()].toSorted()).toEqual(['read_document', 'search_project']);
});

describe('the search of the project', () => {
  it('returns passages with their documents, to be cited', async () => {
    const { id } = await world.ingest(own, 'herons.txt', 'The heron eats frogs.');
    const output = await run('search_project', { query: 'What does a heron eat?' });
    expect(output).toMatchObject({ isError: false, passages: [{ documentId: id }] });
    expect(output.text).toContain('The heron eats frogs.');
    expect(output.text).toContain(id);
  });

  it('says so where nothing is found, and finds nothing of others', async () => {
    await world.ingest(foreign, 'secret.txt', 'The zebra has stripes.');
    const output = await run('search_project', { query: 'zebra' });
    expect(output).toEqual({ text: 'Nothing was found.', isError: false, passages: [] });
  });

  it('tells the model where there is no project, or no query', async () => {
    const tool = tools.get('search_project');
    const context = buildToolContext({ actor: own.actor });
    expect(await tool?.run({ query: 'heron' }, context)).toMatchObject({ isError: true });
    expect(await run('search_project', { query: '' })).toMatchObject({ isError: true });
    expect(await run('search_project', '{"query"')).toMatchObject({ isError: true });
  });

  it('refuses the project of others, and leaves an entry of it', async () => {
    const { actor } = own;
    const context = buildToolContext({ actor, projectId: foreign.projectId });
    const output = await tools.get('search_project')?.run({ query: 'zebra' }, context);
    expect(output).toMatchObject({ isError: true });
    expect(output?.text).not.toContain('stripes');
    expect(refusals.at(-1)).toMatchObject({
      reason: 'not_found',
      target: { type: 'tool', id: 'search_project' },
    });
  });
});

describe('reading a document', () => {
  it('goes on where a window ended, until all is read once', async () => {
    const content = numberedSentences('owl', 120);
    const { id } = await world.ingest(own, 'owls.txt', content);
    let text = '';
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const output = await run('read_document', { document_id: id, offset, limit: 1000 });
      const [head = '', ...body] = output.text.split('\n');
      text += body.join('\n');
      offset = JSON.parse(head).next_offset;
    }
    expect(text.replaceAll(/\s+/g, ' ').trim()).toBe(content.replaceAll(/\s+/g, ' ').trim());
  });

  it('is empty beyond the end, and on a page that is not there', async () => {
    const { id } = await world.ingest(own, 'short.txt', 'The stork is white.');
    for (const place of [{ offset: 5000 }, { page: 7 }]) {
      const output = await run('read_document', { document_id: id, ...place });
      expect(output.isError).toBe(false);
      expect(output.text).not.toContain('stork');
    }
  });

  it("finds no document of others, whatever the model was told; the caller's rights decide", async () => {
    const { id } = await world.ingest(foreign, 'crown.txt', 'The jewels are in the tower.');
    const output = await run('read_document', { document_id: id });
    expect(output).toEqual({ text: `No document "${id}"`, isError: true });
    expect(refusals.at(-1)).toMatchObject({ reason: 'not_found', target: { id: 'read_document' } });
  });

  it.each([{}, { document_id: 'x' }, { document_id: null }, { document_id: [] }, 7])(
    'tells the model that %j is no input',
    async (input) => {
      expect(await run('read_document', input)).toMatchObject({ isError: true });
    },
  );
});
