import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { Logger } from '#platform/telemetry/logger';
import type { SessionId } from '#shared/ids';
import type { AgentRun, AnswerOutcome, AnswerSink, Exchange, RunTools } from './agent-run.ts';
import type { Prompt } from './load-prompts.ts';

export type Agent = ReturnType<typeof createAgent>;

export type AgentDependencies = {
  /** Loaded with the first answer: the graph and its saver take half a second to import. */
  readonly loadCheckpointer: () => Promise<BaseCheckpointSaver>;
  /** Removes what is left of a session's former states. */
  readonly pruneState: (sessionId: SessionId) => Promise<void>;
  readonly systemPrompt: Prompt;
  /** Said to those that have tools. */
  readonly toolsPrompt: Prompt;
  readonly countTokens: (text: string) => number;
  readonly logger: Pick<Logger, 'error'>;
};

export type AgentRequest = Omit<AgentRun, 'systemPrompt' | 'tools' | 'countTokens'> & {
  readonly sessionId: SessionId;
  /** Of the project's agent, before our own. */
  readonly instructions: string | undefined;
  readonly openTools: () => Promise<RunTools>;
  /** What is remembered of who asks; empty for nothing. It never throws. */
  readonly recall: () => Promise<string>;
};

const NO_USAGE = { promptTokens: 0, completionTokens: 0, isEstimated: true } as const;

/** Answers inside a conversation that it remembers from one run to the next. */
export function createAgent(dependencies: AgentDependencies) {
  const { loadCheckpointer, pruneState, countTokens, logger } = dependencies;

  const loadGraph = lazily(async () => {
    const [{ createAnswerGraph }, checkpointer] = await Promise.all([
      import('./answer.graph.ts'),
      loadCheckpointer(),
    ]);
    return createAnswerGraph(checkpointer);
  });

  function promptOf(
    { instructions, memories }: Pick<AgentRequest, 'instructions'> & { memories: string },
    { tools }: RunTools,
  ): string {
    const { systemPrompt, toolsPrompt } = dependencies;
    const ofTools = tools.length > 0 ? toolsPrompt.text : '';
    return [instructions, systemPrompt.text, ofTools, memories].filter(Boolean).join('\n\n');
  }

  async function run({ sessionId, openTools, recall, ...request }: AgentRequest): Promise<void> {
    const [graph, tools, memories] = await Promise.all([loadGraph(), openTools(), recall()]);
    try {
      const systemPrompt = promptOf({ ...request, memories }, tools);
      await graph.answer(sessionId, { ...request, tools, countTokens, systemPrompt });
      await pruneState(sessionId);
    } finally {
      await tools.close();
    }
  }

  return {
    /** Ends the sink exactly once, whatever happens, and never throws. */
    async answer(request: AgentRequest): Promise<void> {
      const sink = endingOnce(request.sink);
      try {
        await run({ ...request, sink });
      } catch (error) {
        // The answer stands even where it could not be remembered.
        if (sink.hasEnded())
          logger.error({ err: error, session_id: request.sessionId }, 'agent state not saved');
        sink.end(failureOf(error, request.signal));
      }
    },

    /** Adds an exchange that ended without its run, so that the conversation goes on from it. */
    async remember(sessionId: SessionId, exchange: Exchange): Promise<void> {
      const graph = await loadGraph();
      await graph.remember(sessionId, { ...exchange, countTokens });
    },
  };
}

function failureOf(error: unknown, signal: AbortSignal): AnswerOutcome {
  return signal.aborted
    ? { status: 'aborted', usage: NO_USAGE }
    : { status: 'incomplete', error, usage: NO_USAGE };
}

function endingOnce(sink: AnswerSink): AnswerSink & { hasEnded(): boolean } {
  let hasEnded = false;
  return {
    ...sink,
    end(outcome) {
      if (hasEnded) return;
      hasEnded = true;
      sink.end(outcome);
    },
    hasEnded: () => hasEnded,
  };
}

/** Loads once; a failed load is tried again by the next call. */
function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
