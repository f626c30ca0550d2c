import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ChatTurn, ImageInput, ToolCall } from '../../chat-model.ts';

export function toWireMessage(turn: ChatTurn): ChatCompletionMessageParam {
  const { role, content } = turn;
  switch (role) {
    case 'system':
      return { role, content };
    case 'user':
      return { role, content: turn.images?.length ? toParts(turn) : content };
    case 'assistant':
      return turn.toolCalls?.length
        ? { role, content: content || null, tool_calls: turn.toolCalls.map(toWireToolCall) }
        : { role, content };
    case 'tool':
      return { role, content, tool_call_id: turn.toolCallId ?? '' };
  }
}

function toParts({ content, images = [] }: ChatTurn): ChatCompletionContentPart[] {
  return [
    ...(content === '' ? [] : [{ type: 'text' as const, text: content }]),
    ...images.map((image) => ({ type: 'image_url' as const, image_url: { url: urlOf(image) } })),
  ];
}

function urlOf(image: ImageInput): string {
  return image.kind === 'url' ? image.url : `data:${image.mimeType};base64,${image.base64}`;
}

function toWireToolCall({ id, name, arguments: input }: ToolCall) {
  return { id, type: 'function', function: { name, arguments: input } } as const;
}
