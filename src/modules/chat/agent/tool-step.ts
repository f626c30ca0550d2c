import type { ChatTurn } from '#modules/ai';
import type { RetrievedPassage } from './retrieved-passage.ts';

/** What a human said of a call. */
export type ToolDecision = {
  readonly isApproved: boolean;
  readonly comment?: string | undefined;
};

export type ToolResult = {
  readonly text: string;
  readonly isError: boolean;
  /** What the answer may cite, by the numbers that the text has. */
  readonly passages: readonly RetrievedPassage[];
};

/** A call of a tool, as far as it has come. */
export type StepCall = {
  /** Unique in its run; the model's own where that is fit for it. */
  readonly id: string;
  readonly name: string;
  /** As the model wrote them: JSON, or not. */
  readonly arguments: string;
  readonly needsApproval: boolean;
  /** A human was asked. */
  readonly isAsked: boolean;
  /** It may have had its effect; told only of calls that may not be repeated. */
  readonly isStarted: boolean;
  readonly decision?: ToolDecision | undefined;
  readonly result?: ToolResult | undefined;
};

/** One turn of the model that called tools, and what came of its calls. */
export type Step = { readonly said: string; readonly calls: readonly StepCall[] };

const UNANSWERED = 'There is no result.';

/** A step in the words of the models: the turn that calls, and a turn for each result. */
export function turnsOf({ said, calls }: Step): readonly ChatTurn[] {
  const toolCalls = calls.map(({ id, name, arguments: input }) => ({ id, name, arguments: input }));
  return [
    { role: 'assistant', content: said.trim(), toolCalls },
    ...calls.map(({ id, result }): ChatTurn => {
      return { role: 'tool', content: result?.text || UNANSWERED, toolCallId: id };
    }),
  ];
}

/** The step with what became of one of its calls. */
export function withCall(step: Step, callId: string, change: Partial<StepCall>): Step {
  const calls = step.calls.map((call) => (call.id === callId ? { ...call, ...change } : call));
  return { ...step, calls };
}
