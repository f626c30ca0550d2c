import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { ChatTurn, ToolCall } from '../../chat-model.ts';

export function toWireMessage(turn: ChatTurn): ChatCompletionMessageParam {
  const { role, content } = turn;
  switch (role) {
    case 'system':
    case 'user':
      return { role, content };
    case 'assistant':
      return turn.toolCalls?.length
        ? { role, content, tool_calls: turn.toolCalls.map(toWireToolCall) }
        : { role, content };
    case 'tool':
      return { role, content, tool_call_id: turn.toolCallId ?? '' };
  }
}

function toWireToolCall({ id, name, arguments: input }: ToolCall) {
  return { id, type: 'function', function: { name, arguments: input } } as const;
}
