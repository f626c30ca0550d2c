import { END, START, StateGraph, type BaseCheckpointSaver } from '@langchain/langgraph/web';
import { traced } from '#platform/telemetry/tracing';
import type { SessionId } from '#shared/ids';
import type { AgentRun, Exchange } from './agent-run.ts';
import { AgentContext, AgentState } from './agent-state.ts';
import { answer } from './answer.node.ts';
import { remember } from './remember.node.ts';
import { retrieve } from './retrieve.node.ts';

type NodeConfig = { readonly context?: { readonly run?: AgentRun } };

/** Retrieve, answer, remember: one thread a session. */
export function createAnswerGraph(checkpointer: BaseCheckpointSaver) {
  const graph = compileGraph(checkpointer);
  return {
    /** Checkpoints once, at the end. Tokens go straight into the run's sink, past the graph's streams. */
    async answer(sessionId: SessionId, run: AgentRun): Promise<void> {
      await graph.invoke({}, { ...threadOf(sessionId), context: { run }, durability: 'exit' });
    },

    async remember(
      sessionId: SessionId,
      { reply, ...exchange }: Exchange & Pick<AgentRun, 'countTokens'>,
    ): Promise<void> {
      const { values } = await graph.getState(threadOf(sessionId));
      const patch = remember({ window: values.window ?? [], reply }, exchange);
      await graph.updateState(threadOf(sessionId), patch, 'remember');
    },
  };
}

function compileGraph(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(AgentState, AgentContext)
    .addNode('retrieve', (_state, config) => inSpan('retrieve', () => retrieve(runOf(config))))
    .addNode('answer', (state, config) => inSpan('answer', () => answer(state, runOf(config))))
    .addNode('remember', (state, config) => remember(state, runOf(config)))
    .addEdge(START, 'retrieve')
    .addEdge('retrieve', 'answer')
    .addEdge('answer', 'remember')
    .addEdge('remember', END)
    .compile({ checkpointer });
}

function threadOf(sessionId: SessionId) {
  return { configurable: { thread_id: sessionId } };
}

function inSpan<T>(node: string, work: () => Promise<T>): Promise<T> {
  return traced(`chat.${node}`, { 'groundwork.agent.node': node }, work);
}

function runOf({ context }: NodeConfig): AgentRun {
  if (!context?.run) throw new Error('The graph was started without a run');
  return context.run;
}
