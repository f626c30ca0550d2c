import type { Belongings, Fixture } from './belongings.ts';
import type { Client } from './client.ts';

const ASKED = { input: { messages: [{ type: 'human', content: 'canary?' }] } };

/** LangGraph's operations that take an id in their path. */
export function langGraphFixtures(ids: Belongings): Readonly<Record<string, Fixture>> {
  const assistant = { params: { assistant_id: ids.projectId } };
  const thread = { params: { thread_id: ids.sessionId } };
  const run = { params: { thread_id: ids.sessionId, run_id: ids.runId } };
  const asking = { ...thread, body: { assistant_id: 'agent', ...ASKED } };
  const subgraph = { params: { ...assistant.params, namespace: 'below' } };
  return {
    getLangGraphAssistant: assistant,
    getLangGraphGraph: assistant,
    getLangGraphSchemas: assistant,
    listLangGraphSubgraphs: assistant,
    getLangGraphSubgraph: subgraph,
    listLangGraphAssistantVersions: { ...assistant, body: {} },
    updateLangGraphAssistant: assistant,
    deleteLangGraphAssistant: assistant,
    setLatestLangGraphAssistant: assistant,
    getLangGraphThread: thread,
    updateLangGraphThread: { ...thread, body: { metadata: { taken: 'over' } } },
    deleteLangGraphThread: thread,
    getLangGraphState: thread,
    getLangGraphStateById: { params: { ...thread.params, checkpoint_id: ids.messageId } },
    getLangGraphStateAtCheckpoint: {
      ...thread,
      body: { checkpoint: { checkpoint_id: ids.messageId } },
    },
    listLangGraphHistory: { ...thread, body: {} },
    updateLangGraphState: thread,
    patchLangGraphState: thread,
    createLangGraphRun: asking,
    streamLangGraphRun: asking,
    waitLangGraphRun: asking,
    listLangGraphRuns: thread,
    getLangGraphRun: run,
    deleteLangGraphRun: run,
    cancelLangGraphRun: run,
    joinLangGraphRun: run,
    joinLangGraphStream: run,
    joinLangGraphStatelessStream: { params: { run_id: ids.runId } },
  };
}

/** Those that take one in their body. */
export function langGraphBodies(ids: Belongings): Readonly<Record<string, object>> {
  const asked = { assistant_id: ids.projectId, ...ASKED };
  return {
    createLangGraphStatelessRun: asked,
    streamLangGraphStatelessRun: asked,
    waitLangGraphStatelessRun: asked,
    cancelLangGraphRuns: { thread_id: ids.sessionId, run_ids: [ids.runId] },
  };
}

/** An item that holds the word wherever one can stand. */
export async function keepItem(client: Client, word: string): Promise<void> {
  const item = { namespace: [word], key: word, value: { [word]: word } };
  await client.call('PUT', '/langgraph/store/items', item);
}
