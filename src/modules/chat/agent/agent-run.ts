import type { Toolbox } from '#modules/agents';
import type {
  ChatModel,
  ChatTurn,
  FailoverWish,
  FinishReason,
  ModelUse,
  TokenUsage,
  ToolCall,
} from '#modules/ai';
import type { RetrievedPassage } from './retrieved-passage.ts';
import type { Step, StepCall, ToolResult } from './tool-step.ts';

/** Why an answer is over: as its model says, or since its agent may do no more. */
export type AnswerReason = FinishReason | 'max_steps' | 'budget';

/** How an answer ended; what was produced is metered in each case. */
export type AnswerOutcome =
  | { readonly status: 'complete'; readonly finishReason: AnswerReason; readonly usage: TokenUsage }
  | { readonly status: 'aborted'; readonly usage: TokenUsage }
  | { readonly status: 'incomplete'; readonly error: unknown; readonly usage: TokenUsage }
  /** Not over: a human is to say whether tools may be called. */
  | { readonly status: 'waiting'; readonly usage: TokenUsage };

/** Who answers from here on, and what others used for the answer before. */
export type ModelChoice = {
  readonly model: string;
  readonly provider: string;
  readonly used?: readonly ModelUse[];
};

/** A turn of the model that calls tools. */
export type CallingTurn = {
  readonly said: string;
  readonly calls: readonly (ToolCall & Pick<StepCall, 'needsApproval'>)[];
  readonly usage: TokenUsage;
};

/** Takes an answer as it comes into being. What returns nothing is called for each token, so that it may not wait. */
export type AnswerSink = {
  /** Before the first text and before the first tool. */
  begin(passages: readonly RetrievedPassage[]): void;
  /** The model is asked with about so many tokens. */
  ask(promptTokens: number): void;
  /** Called where the model is a chain of several: before the first text, and again where another takes over. */
  choose(choice: ModelChoice): void;
  /** False once no more text fits. */
  write(text: string): boolean;
  /** Whether the run has spent what it may, with what its newest turn used. */
  isOverBudget(usage: TokenUsage): boolean;
  /** Resolves when the calls are stored and the turn is billed: before that no tool may run. */
  callTools(turn: CallingTurn): Promise<void>;
  /** Resolves when it is stored that the call, which may not be repeated, begins. */
  startTool(callId: string): Promise<void>;
  /** Numbers the passages of a result, which the answer may cite from then on. */
  numberPassages(passages: readonly RetrievedPassage[]): number;
  endTool(call: Pick<StepCall, 'id' | 'name'>, result: ToolResult): void;
  /** Asks a human. */
  askApproval(call: StepCall): void;
  /** Resolves when all that was told is stored. */
  stored(): Promise<void>;
  end(outcome: AnswerOutcome): void;
};

/** How the tools of one run are called. */
export type RunTools = Pick<Toolbox, 'tools' | 'needsApproval' | 'isRepeatable'> & {
  call(call: Pick<StepCall, 'name' | 'arguments'>, signal: AbortSignal): Promise<ToolAnswer>;
  refuse(
    call: Pick<StepCall, 'name'>,
    why: { readonly reason: string; readonly message: string },
  ): Promise<ToolAnswer>;
  close(): Promise<void>;
};

export type ToolAnswer = {
  readonly text: string;
  readonly isError: boolean;
  readonly passages?: readonly RetrievedPassage[];
};

/** What the nodes of one run work with; it is never stored. */
export type AgentRun = {
  readonly question: string;
  /** What was done before this process had the run. */
  readonly steps: readonly Step[];
  /** What has been told of the answer before. */
  readonly content: string;
  /** The end of it, which belongs to a turn that is not whole: the model goes on from there. */
  readonly said: string;
  readonly model: ChatModel;
  readonly failover: FailoverWish;
  readonly systemPrompt: string;
  readonly signal: AbortSignal;
  readonly sink: AnswerSink;
  /** Passages for a question after what was said before it; none where the conversation has no project. */
  readonly retrieve: (
    asked: { readonly question: string; readonly turns: ConversationWindow },
    signal: AbortSignal,
  ) => Promise<readonly RetrievedPassage[]>;
  readonly tools: RunTools;
  /** Turns that the model may have. */
  readonly maxSteps: number;
  /** Whether it may be put aside until a human has decided. */
  readonly canWait: boolean;
  readonly countTokens: (text: string) => number;
};

export type ConversationWindow = readonly ChatTurn[];

export type Exchange = {
  readonly question: string;
  readonly reply: string;
  readonly steps: readonly Step[];
};
