import { END, START, StateGraph, type BaseCheckpointSaver } from '@langchain/langgraph/web';
import { traced } from '#platform/telemetry/tracing';
import type { SessionId } from '#shared/ids';
import type { AgentRun, Exchange } from './agent-run.ts';
import { AgentContext, AgentState } from './agent-state.ts';
import { answer } from './answer.node.ts';
import { callTools } from './call-tools.node.ts';
import { remember } from './remember.node.ts';
import { retrieve } from './retrieve.node.ts';

type NodeConfig = { readonly context?: { readonly run?: AgentRun } };

/** Each turn of the model is two nodes; besides there are a first and a last. */
const NODES_PER_TURN = 2;
const OTHER_NODES = 3;

/** Retrieve, answer and call tools in turn, remember: one thread a session. */
export function createAnswerGraph(checkpointer: BaseCheckpointSaver) {
  const graph = compileGraph(checkpointer);
  return {
    /** Checkpoints once, at the end. Tokens go straight into the run's sink, past the graph's streams. */
    async answer(sessionId: SessionId, run: AgentRun): Promise<void> {
      const recursionLimit = (run.maxSteps + run.steps.length) * NODES_PER_TURN + OTHER_NODES;
      const options = { ...threadOf(sessionId), context: { run }, recursionLimit };
      await graph.invoke({}, { ...options, durability: 'exit' });
    },

    async remember(
      sessionId: SessionId,
      { reply, steps, ...exchange }: Exchange & Pick<AgentRun, 'countTokens'>,
    ): Promise<void> {
      const { values } = await graph.getState(threadOf(sessionId));
      const patch = remember({ window: values.window ?? [], reply, steps }, exchange);
      await graph.updateState(threadOf(sessionId), patch, 'remember');
    },
  };
}

function compileGraph(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(AgentState, AgentContext)
    .addNode('retrieve', (state, config) =>
      inSpan('retrieve', () => retrieve(state, runOf(config))),
    )
    .addNode('answer', (state, config) => inSpan('answer', () => answer(state, runOf(config))))
    .addNode('call-tools', (state, config) =>
      inSpan('call-tools', () => callTools(state, runOf(config))),
    )
    .addNode('remember', ({ said, ...state }, config) =>
      remember({ ...state, reply: said }, runOf(config)),
    )
    .addEdge(START, 'retrieve')
    .addConditionalEdges('retrieve', ({ next }) => next, ['answer', 'call-tools'])
    .addConditionalEdges('answer', ({ next }) => next, ['call-tools', 'remember'])
    .addConditionalEdges('call-tools', ({ next }) => (next === 'stop' ? END : next), [
      'answer',
      END,
    ])
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
