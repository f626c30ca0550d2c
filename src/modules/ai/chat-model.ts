/** What the rest of the product knows of a language model; one provider per kind of endpoint implements it. */
export interface ChatModel {
  /** The name stored with a message, such as `gpt-4o-mini` or `builtin-extractive`. */
  readonly name: string;
  readonly provider: string;
  /** What metrics call it; its name where it is not given, which is then one of a few. */
  readonly label?: string;
  /**
   * Streams one answer. The last event is `finish`; failures are thrown as AppError of kind `external`,
   * `timeout` or `unavailable`, or `invalid` for what this model cannot do. Aborting `signal` ends the provider's
   * call at once, and its reason is thrown.
   */
  stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
}

export type ChatRole = 'system' | 'user' | 'assistant' | 'tool';

export type ChatTurn = {
  readonly role: ChatRole;
  readonly content: string;
  /** Shown with the content of a user turn. */
  readonly images?: readonly ImageInput[];
  /** Set on an assistant turn that called tools; each must be followed by its `tool` turn. */
  readonly toolCalls?: readonly ToolCall[];
  readonly toolCallId?: string;
};

export type ImageInput =
  | { readonly kind: 'inline'; readonly mimeType: string; readonly base64: string }
  | { readonly kind: 'url'; readonly url: string };

export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** JSON Schema, as the caller wrote it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type ToolDefinition = {
  readonly name: string;
  readonly description?: string;
  readonly parameters: JsonSchema;
  /** Whether arguments must follow `parameters` to the letter. */
  readonly isStrict?: boolean;
};

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

export type ResponseFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json_schema';
      readonly name: string;
      readonly schema: JsonSchema;
      readonly isStrict?: boolean;
    };

/** A passage that an answer may quote; `id` is what the answer refers to, counted from one. */
export type Passage = {
  readonly id: number;
  readonly documentTitle: string;
  readonly page: number | null;
  readonly content: string;
  readonly score: number;
};

export type ChatRequest = FailoverWish & {
  readonly turns: readonly ChatTurn[];
  /** What has been told of the answer already: a route has its models go on from there, and tells what is new. */
  readonly said?: string;
  /** The passages retrieved for the newest user turn, best first. */
  readonly passages: readonly Passage[];
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly tools?: readonly ToolDefinition[];
  /** `auto` where it is not said. */
  readonly toolChoice?: ToolChoice;
  readonly mayCallToolsInParallel?: boolean;
  /** Text where it is not said. */
  readonly responseFormat?: ResponseFormat;
  readonly reasoningEffort?: ReasoningEffort;
};

/** What a caller wants where a model fails. */
export type FailoverWish = {
  /**
   * What becomes of an answer that breaks off after it began: it fails, or the next model of a chain goes on from
   * what was said. `fail` where it is not said, and always for calls of tools and for formats.
   */
  readonly onInterruption?: 'fail' | 'continue';
  /** Whether any model may answer but the one that was asked for; `default` where it is not said. */
  readonly fallbacks?: 'default' | 'none';
};

export type ReasoningEffort = 'minimal' | 'low' | 'medium' | 'high';

export type ChatEvent =
  | {
      /** Who answers from here on, where a route chose: before the first piece, and again where another takes over. */
      readonly type: 'model-chosen';
      readonly model: string;
      readonly provider: string;
      /** What others used for this answer and nothing has told yet: it is billed with the answer. */
      readonly used?: readonly ModelUse[];
    }
  | { readonly type: 'text-delta'; readonly text: string }
  | {
      /** A piece of the call number `index`, counted from zero; its first piece has `id` and `name`. */
      readonly type: 'tool-call-delta';
      readonly index: number;
      readonly id?: string;
      readonly name?: string;
      readonly arguments: string;
    }
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: TokenUsage };

/** What one model used of what an answer is billed for. */
export type ModelUse = {
  readonly model: string;
  readonly provider: string;
  readonly usage: TokenUsage;
};

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

export type TokenUsage = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Those of the prompt tokens that the provider had in its cache. */
  readonly cachedTokens?: number;
  /** Those of the completion tokens that were thought and not said. */
  readonly reasoningTokens?: number;
  /** True where the provider sent no figures and ours were counted instead. */
  readonly isEstimated: boolean;
};
