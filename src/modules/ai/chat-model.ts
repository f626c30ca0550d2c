/** What the rest of the product knows of a language model; one provider per kind of endpoint implements it. */
export interface ChatModel {
  /** The name stored with a message, such as `gpt-4o-mini` or `builtin-extractive`. */
  readonly name: string;
  readonly provider: string;
  /**
   * Streams one answer. The last event is `finish`; failures are thrown as AppError of kind `external`,
   * `timeout` or `unavailable`. Aborting `signal` ends the provider's call at once, and its reason is thrown.
   */
  stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
}

export type ChatRole = 'system' | 'user' | 'assistant' | 'tool';

export type ChatTurn = {
  readonly role: ChatRole;
  readonly content: string;
  /** Set on an assistant turn that called tools; each must be followed by its `tool` turn. */
  readonly toolCalls?: readonly ToolCall[];
  readonly toolCallId?: string;
};

export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** A passage that an answer may quote; `id` is what the answer refers to, counted from one. */
export type Passage = {
  readonly id: number;
  readonly documentTitle: string;
  readonly page: number | null;
  readonly content: string;
  readonly score: number;
};

export type ChatRequest = {
  readonly turns: readonly ChatTurn[];
  /** The passages retrieved for the newest user turn, best first. */
  readonly passages: readonly Passage[];
  readonly temperature?: number;
  readonly maxTokens?: number;
};

export type ChatEvent =
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: TokenUsage };

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

export type TokenUsage = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** True where the provider sent no figures and ours were counted instead. */
  readonly isEstimated: boolean;
};
