import type { ContentBlockParam, MessageParam } from '@anthropic-ai/sdk/resources/messages';
import { z } from 'zod';
import { invalid } from '#platform/errors/app-error';
import type { ChatTurn, ImageInput, ToolCall } from '../../chat-model.ts';
import { readArguments } from '../read-arguments.ts';

type WireTurn = { readonly role: 'user' | 'assistant'; readonly content: ContentBlockParam[] };

const mediaType = z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** Turns of one side that follow each other become one, so that all results of tools come together. */
export function toWireMessages(turns: readonly ChatTurn[]): MessageParam[] {
  const joined: WireTurn[] = [];
  for (const turn of turns) {
    const wire = toWireTurn(turn);
    const last = joined.at(-1);
    if (!wire || wire.content.length === 0) continue;
    if (last?.role === wire.role) last.content.push(...wire.content);
    else joined.push(wire);
  }
  return joined;
}

function toWireTurn(turn: ChatTurn): WireTurn | undefined {
  switch (turn.role) {
    case 'system':
      return undefined;
    case 'user':
      return { role: 'user', content: [...(turn.images ?? []).map(toImage), ...toText(turn)] };
    case 'assistant':
      return {
        role: 'assistant',
        content: [...toText(turn), ...(turn.toolCalls ?? []).map(toToolUse)],
      };
    case 'tool':
      return { role: 'user', content: [toToolResult(turn)] };
  }
}

/** Empty texts are refused. */
function toText({ content }: ChatTurn): ContentBlockParam[] {
  return content === '' ? [] : [{ type: 'text', text: content }];
}

function toToolUse({ id, name, arguments: input }: ToolCall): ContentBlockParam {
  return { type: 'tool_use', id, name, input: readArguments(input) };
}

function toToolResult({ content, toolCallId = '' }: ChatTurn): ContentBlockParam {
  return { type: 'tool_result', tool_use_id: toolCallId, content };
}

function toImage(image: ImageInput): ContentBlockParam {
  if (image.kind === 'url') return { type: 'image', source: { type: 'url', url: image.url } };
  const type = mediaType.safeParse(image.mimeType);
  if (!type.success) {
    const message = `Images must be JPEG, PNG, GIF or WebP, and not "${image.mimeType}"`;
    throw invalid([{ field: 'messages', message }], 'image.type_unsupported');
  }
  return { type: 'image', source: { type: 'base64', media_type: type.data, data: image.base64 } };
}
