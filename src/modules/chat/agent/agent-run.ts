import type {
  ChatModel,
  ChatTurn,
  FailoverWish,
  FinishReason,
  ModelUse,
  TokenUsage,
} from '#modules/ai';
import type { QuotablePassage } from './extract-citations.ts';

/** A passage as retrieval gives it, best first. */
export type RetrievedPassage = QuotablePassage & { readonly score: number };

/** How an answer ended; what was produced is metered in each case. */
export type AnswerOutcome =
  | { readonly status: 'complete'; readonly finishReason: FinishReason; readonly usage: TokenUsage }
  | { readonly status: 'aborted'; readonly usage: TokenUsage }
  | { readonly status: 'incomplete'; readonly error: unknown; readonly usage: TokenUsage };

/** Who answers from here on, and what others used for the answer before. */
export type ModelChoice = {
  readonly model: string;
  readonly provider: string;
  readonly used?: readonly ModelUse[];
};

/** Takes an answer as it comes into being; called for each token, so nothing in it may wait. */
export type AnswerSink = {
  begin(passages: readonly RetrievedPassage[]): void;
  /** Called where the model is a chain of several: before the first text, and again where another takes over. */
  choose(choice: ModelChoice): void;
  /** False once no more text fits. */
  write(text: string): boolean;
  end(outcome: AnswerOutcome): void;
};

/** What the nodes of one run work with; it is never stored. */
export type AgentRun = {
  readonly question: string;
  readonly model: ChatModel;
  readonly failover: FailoverWish;
  readonly systemPrompt: string;
  readonly signal: AbortSignal;
  readonly sink: AnswerSink;
  /** Passages for a question; none where the conversation has no project. */
  readonly retrieve: (query: string, signal: AbortSignal) => Promise<readonly RetrievedPassage[]>;
  readonly countTokens: (text: string) => number;
};

export type ConversationWindow = readonly ChatTurn[];

export type Exchange = { readonly question: string; readonly reply: string };
