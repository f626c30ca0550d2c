import type { ChatMessage } from './thread-messages.service.ts';

export type ToolCallView = {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
  readonly type: 'tool_call';
};

/** A message in LangChain's words. */
export type MessageView = {
  readonly id: string;
  readonly type: 'human' | 'ai' | 'system' | 'tool';
  readonly content: string;
  readonly additional_kwargs: Record<string, unknown>;
  readonly response_metadata: Record<string, unknown>;
  readonly tool_calls?: ToolCallView[];
  readonly invalid_tool_calls?: never[];
  readonly usage_metadata?: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly total_tokens: number;
  };
  readonly name?: string;
  readonly tool_call_id?: string;
  readonly status?: 'success' | 'error';
};

/** A call of a tool, with its arguments as the model wrote them. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

export type ToolResult = {
  readonly id: string;
  readonly name: string;
  readonly content: string;
  readonly isError: boolean;
};

const TYPES = { user: 'human', assistant: 'ai', system: 'system', tool: 'tool' } as const;

/** An answer that called tools is told as LangChain tells it: the calls, their results, and what was said. */
export function presentMessages(message: ChatMessage): MessageView[] {
  const { id, toolCalls } = message;
  if (toolCalls.length === 0) return [presentMessage(message)];
  const results = toolCalls.map((call) =>
    presentToolResult(id, { ...call, content: call.content ?? '', isError: call.is_error }),
  );
  return [presentToolCalls(id, toolCalls), ...results, presentMessage(message)];
}

export function presentMessage(message: ChatMessage): MessageView {
  const type = TYPES[message.role];
  const plain = { id: message.id, type, content: message.content };
  if (type !== 'ai') return { ...plain, additional_kwargs: {}, response_metadata: {} };
  const { promptTokens, completionTokens, citations } = message;
  return {
    ...plain,
    additional_kwargs: citations.length > 0 ? { citations } : {},
    response_metadata: {
      model_name: message.model,
      finish_reason: message.finishReason,
      status: message.status,
      ...(message.error !== null && { error: message.error }),
    },
    tool_calls: [],
    invalid_tool_calls: [],
    usage_metadata: {
      input_tokens: promptTokens,
      output_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

/** An answer that is still coming: all of it so far. */
export function presentPartial(id: string, content: string): MessageView {
  return {
    id,
    type: 'ai',
    content,
    additional_kwargs: {},
    response_metadata: {},
    tool_calls: [],
    invalid_tool_calls: [],
  };
}

/** The message of an answer that has its calls. */
export function presentToolCalls(answerId: string, calls: readonly ToolCall[]): MessageView {
  return {
    ...presentPartial(`${answerId}:tools`, ''),
    tool_calls: calls.map(({ id, name, arguments: input }) => ({
      id,
      name,
      args: readArguments(input),
      type: 'tool_call',
    })),
  };
}

export function presentToolResult(
  answerId: string,
  { id, name, content, isError }: ToolResult,
): MessageView {
  return {
    id: `${answerId}:${id}`,
    type: 'tool',
    name,
    content,
    tool_call_id: id,
    status: isError ? 'error' : 'success',
    additional_kwargs: {},
    response_metadata: {},
  };
}

/** A model may write what is no object, and long ones are cut when they are kept. */
export function readArguments(written: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(written);
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return { ...read };
  } catch {
    // Told as it stands.
  }
  return { input: written };
}
