import { Annotation, UntrackedValueChannel } from '@langchain/langgraph/web';
import type { AgentRun, ConversationWindow } from './agent-run.ts';
import type { RetrievedPassage } from './retrieved-passage.ts';
import type { Step } from './tool-step.ts';

/** Only the window is checkpointed: the rest lives as long as one run. */
export const AgentState = Annotation.Root({
  window: Annotation<ConversationWindow>({
    reducer: (_former, window) => window,
    default: () => [],
  }),
  passages: () => new UntrackedValueChannel<readonly RetrievedPassage[]>(),
  steps: () => new UntrackedValueChannel<readonly Step[]>(),
  /** All that was told of the answer. */
  content: () => new UntrackedValueChannel<string>(),
  /** What belongs to the turn that is not whole. */
  said: () => new UntrackedValueChannel<string>(),
  /** What comes next. */
  next: () => new UntrackedValueChannel<NextNode>(),
});

export type NextNode = 'answer' | 'call-tools' | 'remember' | 'stop';

export const AgentContext = Annotation.Root({ run: Annotation<AgentRun> });
