import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client as LangGraphClient } from '@langchain/langgraph-sdk';
import type { Client } from '#test/client';
import { ask, langGraphNewcomer } from '#test/langgraph-client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startTestService, type TestService } from '#test/service';

const WORDS = 20;
const WHOLE = Array.from({ length: WORDS }, (_, word) => `w${String(word).padStart(4, '0')} `).join(
  '',
);

type Values = { messages: { type: string; content: string }[] };

let model: ModelServer;
let server: TestService;
let client: Client;
let langgraph: LangGraphClient;

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0, words: WORDS });
  server = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'test',
    LLM_MODEL: 'test-model',
    RATE_LIMIT_CHAT_FREE: '1000/minute',
  });
  ({ client, langgraph } = await langGraphNewcomer(server.baseUrl));
});
afterAll(async () => {
  await server.close();
  await model.close();
});

describe('a thread', () => {
  it('tells its state, and its history from the latest checkpoint to the first', async () => {
    const { thread_id: threadId } = await langgraph.threads.create();
    expect(await langgraph.threads.getState(threadId)).toMatchObject({
      values: { messages: [] },
      next: [],
      checkpoint: { checkpoint_id: null },
    });
    for (const question of ['One?', 'Two?'])
      await langgraph.runs.wait(threadId, 'agent', ask(question));
    const history = await langgraph.threads.getHistory<Values>(threadId);
    expect(history.map(({ values }) => values.messages.map(({ type }) => type))).toEqual([
      ['human', 'ai', 'human', 'ai'],
      ['human', 'ai', 'human'],
      ['human', 'ai'],
      ['human'],
    ]);
    expect(history.map(({ next }) => next)).toEqual([[], ['agent'], [], ['agent']]);
    const parents = history.map(({ parent_checkpoint: parent }) => parent?.checkpoint_id ?? null);
    const ids = history.map(({ checkpoint }) => checkpoint.checkpoint_id ?? null);
    expect(parents).toEqual([...ids.slice(1), null]);

    expect(await langgraph.threads.getState(threadId)).toEqual(history[0]);
    const [, , third, first] = history;
    expect(
      await langgraph.threads.getState(threadId, third?.checkpoint.checkpoint_id ?? ''),
    ).toEqual(third);
    expect(await langgraph.threads.getState(threadId, first?.checkpoint)).toEqual(first);
    const before = { configurable: { checkpoint_id: third?.checkpoint.checkpoint_id } };
    expect(await langgraph.threads.getHistory(threadId, { before })).toEqual([first]);
    await expect(
      langgraph.threads.updateState(threadId, { values: { messages: [] } }),
    ).rejects.toThrow(/HTTP 422.*changed by runs alone/);
  });

  it('goes on from its latest checkpoint, and from no other', async () => {
    const { thread_id: threadId } = await langgraph.threads.create();
    await langgraph.runs.wait(threadId, 'agent', ask('One?'));
    const [latest, first] = await langgraph.threads.getHistory(threadId);
    const from = (checkpoint = latest?.checkpoint) =>
      langgraph.runs.wait(threadId, 'agent', { ...ask('Two?'), ...(checkpoint && { checkpoint }) });
    await expect(from(first?.checkpoint)).rejects.toThrow(/HTTP 422.*latest checkpoint/);
    expect(await from()).toMatchObject({ messages: [{}, {}, {}, { type: 'ai', content: WHOLE }] });
  });

  it('is found by its notes and its state, counted, changed and deleted', async () => {
    const topic = crypto.randomUUID();
    const made = [];
    for (const kind of ['a', 'b', 'a'])
      made.push(await langgraph.threads.create({ metadata: { topic, kind }, graphId: 'agent' }));
    const find = (query: object) => langgraph.threads.search({ metadata: { topic }, ...query });
    const ids = made.map(({ thread_id: id }) => id);
    expect((await find({})).map(({ thread_id: id }) => id)).toEqual(ids.toReversed());
    expect(await find({ limit: 1, offset: 1, sortOrder: 'asc' })).toMatchObject([
      { thread_id: ids[1], metadata: { topic, kind: 'b', graph_id: 'agent' }, status: 'idle' },
    ]);
    expect(await langgraph.threads.count({ metadata: { topic, kind: 'a' } })).toBe(2);
    expect(await find({ status: 'busy' })).toEqual([]);
    const updated = await langgraph.threads.update(ids[1] ?? '', { metadata: { kind: 'a' } });
    expect(updated.metadata).toEqual({ topic, kind: 'a', graph_id: 'agent' });
    await langgraph.threads.delete(ids[0] ?? '');
    expect(await langgraph.threads.count({ metadata: { topic, kind: 'a' } })).toBe(2);
    await expect(langgraph.threads.get(ids[0] ?? '')).rejects.toThrow('HTTP 404');
  });

  it('may have a name of its client, which is a name for that one alone', async () => {
    const threadId = crypto.randomUUID();
    const thread = await langgraph.threads.create({ threadId });
    expect(thread.thread_id).toBe(threadId);
    await expect(langgraph.threads.create({ threadId })).rejects.toThrow('HTTP 409');
    expect(await langgraph.threads.create({ threadId, ifExists: 'do_nothing' })).toEqual(thread);
    const other = await langGraphNewcomer(server.baseUrl);
    await expect(other.langgraph.threads.get(threadId)).rejects.toThrow('HTTP 404');
    expect(await other.langgraph.threads.create({ threadId })).toMatchObject({ values: {} });
    expect(await langgraph.threads.get(threadId)).toEqual(thread);
    const unknown = crypto.randomUUID();
    const wanted = { ...ask('Hi'), ifNotExists: 'create' as const };
    await expect(langgraph.runs.wait(unknown, 'agent', ask('Hi'))).rejects.toThrow('HTTP 404');
    expect(await langgraph.runs.wait(unknown, 'agent', wanted)).toMatchObject({
      messages: [{ type: 'human', content: 'Hi' }, { type: 'ai' }],
    });
  });
});

describe('the rest that the client calls', () => {
  it('lists projects as assistants, which answer from their documents', async () => {
    const project = (await client.post('/projects', { name: `Leave ${crypto.randomUUID()}` })).body;
    const found = await langgraph.assistants.search({ name: project.name, graphId: 'agent' });
    expect(found).toMatchObject([
      { assistant_id: project.id, graph_id: 'agent', metadata: { project_id: project.id } },
    ]);
    expect(await langgraph.assistants.get(project.id)).toEqual(found[0]);
    expect(await langgraph.assistants.count({ metadata: { project_id: project.id } })).toBe(1);
    expect(await langgraph.assistants.search({ metadata: { created_by: 'system' } })).toEqual([]);
    expect((await langgraph.assistants.getGraph(project.id)).nodes).toHaveLength(3);
    expect(await langgraph.assistants.getSchemas('agent')).toMatchObject({ graph_id: 'agent' });
    expect(await langgraph.assistants.getSubgraphs(project.id)).toEqual({});
    await expect(langgraph.assistants.create({ graphId: 'agent' })).rejects.toThrow(
      /HTTP 422.*make and change those/,
    );
    const { thread_id: threadId } = await langgraph.threads.create();
    await langgraph.runs.wait(threadId, project.id, ask('Hi'));
    const metadata = { assistant_id: project.id };
    expect(await langgraph.threads.search({ metadata })).toMatchObject([{ thread_id: threadId }]);
  });

  it('keeps items by namespaces, finds them, and lists where they are', async () => {
    const { store } = langgraph;
    await store.putItem(['users', 'ada', 'notes'], 'one', { text: 'Ünï', rank: 1 });
    await store.putItem(['users', 'ada', 'notes'], 'two', { text: 'two', rank: 2 });
    await store.putItem(['users', 'bob'], 'one', { rank: 1 });
    await store.putItem(['users', 'ada', 'notes'], 'one', { text: 'new', rank: 1 });
    expect(await store.getItem(['users', 'ada', 'notes'], 'one')).toMatchObject({
      namespace: ['users', 'ada', 'notes'],
      key: 'one',
      value: { text: 'new', rank: 1 },
    });
    expect(await store.getItem(['users', 'ada'], 'one')).toBeNull();
    const ranked = await store.searchItems(['users'], { filter: { rank: 1 } });
    expect(ranked.items.map(({ namespace }) => namespace[1])).toEqual(['ada', 'bob']);
    expect((await store.searchItems(['users', 'ada'])).items).toHaveLength(2);
    const namespaces = async (query: object) => (await store.listNamespaces(query)).namespaces;
    expect(await namespaces({})).toEqual([
      ['users', 'ada', 'notes'],
      ['users', 'bob'],
    ]);
    expect(await namespaces({ maxDepth: 1 })).toEqual([['users']]);
    expect(await namespaces({ prefix: ['*', 'ada'] })).toEqual([['users', 'ada', 'notes']]);
    expect(await namespaces({ suffix: ['bob'] })).toEqual([['users', 'bob']]);
    await store.deleteItem(['users', 'bob'], 'one');
    expect(await store.getItem(['users', 'bob'], 'one')).toBeNull();
    const other = await langGraphNewcomer(server.baseUrl);
    expect((await other.langgraph.store.searchItems([])).items).toEqual([]);
    await expect(store.searchItems([], { query: 'two' })).rejects.toThrow('HTTP 422');
  });
});
