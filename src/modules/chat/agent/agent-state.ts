import { Annotation, UntrackedValueChannel } from '@langchain/langgraph/web';
import type { AgentRun, ConversationWindow, RetrievedPassage } from './agent-run.ts';

/** Only the window is checkpointed: the rest lives as long as one run. */
export const AgentState = Annotation.Root({
  window: Annotation<ConversationWindow>({
    reducer: (_former, window) => window,
    default: () => [],
  }),
  passages: () => new UntrackedValueChannel<readonly RetrievedPassage[]>(),
  reply: () => new UntrackedValueChannel<string>(),
});

export const AgentContext = Annotation.Root({ run: Annotation<AgentRun> });
