import type { Clock } from '#platform/clock/clock';
import type { ChatEvent, ChatRequest, ChatTurn, ImageInput, TokenUsage } from '../chat-model.ts';
import { writtenBy } from '../tokens/written-by.ts';

/** What a model was asked, in the form that tools for traces show as a conversation. */
export function describeInput({ turns, tools }: ChatRequest): unknown {
  const messages = turns.map(describeTurn);
  return tools && tools.length > 0 ? { messages, tools } : messages;
}

function describeTurn({ role, content, images = [], toolCalls, toolCallId }: ChatTurn) {
  return {
    role,
    content,
    ...(images.length > 0 && { images: images.map(describeImage) }),
    ...(toolCalls && { tool_calls: toolCalls }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
  };
}

/** An image is told by its kind and size: it may be large, and an address may be signed. */
function describeImage(image: ImageInput): string {
  if (image.kind === 'url') return 'image behind an address';
  return `${image.mimeType}, ${image.base64.length} characters of Base64`;
}

type Call = { id: string | undefined; name: string | undefined; arguments: string };

/** Gathers an answer from its events. */
export function createOutputCollector(clock: Clock) {
  const calls: Call[] = [];
  let text = '';
  let written = '';
  let firstMs: number | undefined;
  let finish: Extract<ChatEvent, { type: 'finish' }> | undefined;

  function addCall(event: Extract<ChatEvent, { type: 'tool-call-delta' }>): void {
    const call = (calls[event.index] ??= { id: undefined, name: undefined, arguments: '' });
    call.id ??= event.id;
    call.name ??= event.name;
    call.arguments += event.arguments;
  }

  return {
    add(event: ChatEvent): void {
      if (event.type === 'finish') finish = event;
      if (event.type === 'text-delta') text += event.text;
      if (event.type === 'tool-call-delta') addCall(event);
      if (event.type === 'text-delta' || event.type === 'tool-call-delta')
        firstMs ??= clock.now().getTime();
      written += writtenBy(event);
    },
    firstMs: () => firstMs,
    /** All that was written, the calls of tools included. */
    text: (): string => written,
    usage: (): TokenUsage | undefined => finish?.usage,
    finishReason: (): string | undefined => finish?.reason,
    content: (): unknown =>
      calls.length === 0 ? text : { role: 'assistant', content: text, tool_calls: calls },
  };
}
