import type { Content, Part } from '@google/genai';
import type { ChatTurn, ImageInput } from '../../chat-model.ts';
import { readArguments } from '../read-arguments.ts';
import type { ThoughtSignatures } from './thought-signatures.ts';

type WireTurn = { readonly role: 'user' | 'model'; readonly parts: Part[] };

/** Turns of one side that follow each other become one, so that all results of tools come together. */
export function toContents(turns: readonly ChatTurn[], signatures: ThoughtSignatures): Content[] {
  const toolNames = new Map(
    turns.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id, name }) => [id, name] as const)),
  );
  const joined: WireTurn[] = [];
  for (const turn of turns) {
    const wire = toWireTurn(turn, { toolNames, signatures });
    const last = joined.at(-1);
    if (!wire || wire.parts.length === 0) continue;
    if (last?.role === wire.role) last.parts.push(...wire.parts);
    else joined.push(wire);
  }
  return joined;
}

type Context = {
  /** By the id of the call: a result must name its tool. */
  readonly toolNames: ReadonlyMap<string, string>;
  readonly signatures: ThoughtSignatures;
};

function toWireTurn(turn: ChatTurn, context: Context): WireTurn | undefined {
  switch (turn.role) {
    case 'system':
      return undefined;
    case 'user':
      return { role: 'user', parts: [...(turn.images ?? []).flatMap(toImage), ...toText(turn)] };
    case 'assistant':
      return { role: 'model', parts: [...toText(turn), ...toCalls(turn, context)] };
    case 'tool':
      return { role: 'user', parts: [toResult(turn, context)] };
  }
}

function toText({ content }: ChatTurn): Part[] {
  return content === '' ? [] : [{ text: content }];
}

function toImage(image: ImageInput): Part[] {
  if (image.kind === 'url') return [];
  return [{ inlineData: { mimeType: image.mimeType, data: image.base64 } }];
}

/** Of calls at the same time the first is signed for all. */
function toCalls({ toolCalls = [] }: ChatTurn, { signatures }: Context): Part[] {
  return toolCalls.map(({ id, name, arguments: input }, position) => {
    const signature = position === 0 ? signatures.find(id) : undefined;
    return {
      functionCall: { id, name, args: readArguments(input) },
      ...(signature !== undefined && { thoughtSignature: signature }),
    };
  });
}

function toResult({ content, toolCallId = '' }: ChatTurn, { toolNames }: Context): Part {
  const name = toolNames.get(toolCallId) ?? '';
  return { functionResponse: { id: toolCallId, name, response: { output: content } } };
}
