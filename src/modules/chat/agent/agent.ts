import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { ChatModel } from '#modules/ai';
import type { Logger } from '#platform/telemetry/logger';
import type { SessionId } from '#shared/ids';
import type { AgentRun, AnswerOutcome, AnswerSink, Exchange } from './agent-run.ts';
import type { Prompt } from './load-prompts.ts';

export type Agent = ReturnType<typeof createAgent>;

export type AgentDependencies = {
  /** Loaded with the first answer: the graph and its saver take half a second to import. */
  readonly loadCheckpointer: () => Promise<BaseCheckpointSaver>;
  /** Removes what is left of a session's former states. */
  readonly pruneState: (sessionId: SessionId) => Promise<void>;
  readonly systemPrompt: Prompt;
  readonly countTokens: (text: string) => number;
  readonly logger: Pick<Logger, 'error'>;
};

export type AgentRequest = {
  readonly sessionId: SessionId;
  readonly question: string;
  readonly model: ChatModel;
  readonly failover: AgentRun['failover'];
  readonly retrieve: AgentRun['retrieve'];
  readonly signal: AbortSignal;
  readonly sink: AnswerSink;
};

const NO_USAGE = { promptTokens: 0, completionTokens: 0, isEstimated: true } as const;

/** Answers inside a conversation that it remembers from one run to the next. */
export function createAgent(dependencies: AgentDependencies) {
  const { loadCheckpointer, pruneState, systemPrompt, countTokens, logger } = dependencies;

  const loadGraph = lazily(async () => {
    const [{ createAnswerGraph }, checkpointer] = await Promise.all([
      import('./answer.graph.ts'),
      loadCheckpointer(),
    ]);
    return createAnswerGraph(checkpointer);
  });

  return {
    /** Ends the sink exactly once, whatever happens, and never throws. */
    async answer({ sessionId, ...request }: AgentRequest): Promise<void> {
      const sink = endingOnce(request.sink);
      const run: AgentRun = { ...request, sink, countTokens, systemPrompt: systemPrompt.text };
      try {
        const graph = await loadGraph();
        await graph.answer(sessionId, run);
        await pruneState(sessionId);
      } catch (error) {
        // The answer stands even where it could not be remembered.
        if (sink.hasEnded())
          logger.error({ err: error, session_id: sessionId }, 'agent state not saved');
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
    begin: (passages) => sink.begin(passages),
    choose: (choice) => sink.choose(choice),
    write: (text) => sink.write(text),
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
