import type { AgentRun, ConversationWindow } from './agent-run.ts';
import type { RetrievedPassage } from './retrieved-passage.ts';
import type { NextNode } from './agent-state.ts';
import type { Step } from './tool-step.ts';

export type Beginning = {
  readonly passages: readonly RetrievedPassage[];
  readonly steps: readonly Step[];
  readonly content: string;
  readonly said: string;
  readonly next: NextNode;
};

/** Finds the passages for the newest question, and takes up what was done before. */
export async function retrieve(
  { window }: { readonly window: ConversationWindow },
  run: AgentRun,
): Promise<Beginning> {
  const { question, signal } = run;
  const passages = await run.retrieve({ question, turns: window }, signal);
  run.sink.begin(passages);
  const { steps, content, said } = run;
  const hasOpenCalls = steps.at(-1)?.calls.some(({ result }) => !result) ?? false;
  return { passages, steps, content, said, next: hasOpenCalls ? 'call-tools' : 'answer' };
}
