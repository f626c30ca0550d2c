import { z } from 'zod';
import { text } from '#platform/http/schema-parts';
import type { ChatTurn } from '../chat-model.ts';
import { findEndFault, findTurnFaults } from './find-turn-faults.ts';
import { readImage } from './read-image.ts';

const MAX_TEXT_LENGTH = 1_000_000;
const MAX_MESSAGES = 1000;
const MAX_CALLS = 128;
const MAX_IMAGES = 20;
const MAX_ID_LENGTH = 256;
const MAX_NAME_LENGTH = 64;
const MAX_DATA_URL_LENGTH = 50_000_000;

export const toolName = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .regex(/^[\w-]+$/, 'Must be letters, digits, _ and -');

export const GatewayToolCall = z
  .strictObject({
    id: text(MAX_ID_LENGTH).min(1),
    name: toolName,
    arguments: text(MAX_TEXT_LENGTH).describe('JSON, as the model wrote it'),
  })
  .meta({ id: 'GatewayToolCall' });

const image = z
  .string()
  .max(MAX_DATA_URL_LENGTH)
  .refine((url) => readImage(url) !== undefined, 'Must be an https URL, or a data URL of an image')
  .describe('`https://…`, or `data:image/png;base64,…` (jpeg, gif and webp too)');

const message = z
  .strictObject({
    role: z.enum(['system', 'user', 'assistant', 'tool']),
    content: text(MAX_TEXT_LENGTH).nullish(),
    images: z.array(image).max(MAX_IMAGES).nullish().describe('Of a user, for models that see'),
    tool_calls: z
      .array(GatewayToolCall)
      .max(MAX_CALLS)
      .nullish()
      .describe('Of an assistant: each is answered by a `tool` message right after it'),
    tool_call_id: text(MAX_ID_LENGTH).min(1).nullish().describe('Of a tool: what it answers'),
  })
  .meta({ id: 'GatewayMessage' });

/** Roles are taken at their word: who calls a model by itself writes the whole conversation. */
export const messages = z
  .array(message)
  .min(1)
  .max(MAX_MESSAGES)
  .superRefine((list, context) => {
    const turns = list.map(readTurn);
    for (const { path, message: fault } of [...findTurnFaults(turns), ...findEndFault(turns)]) {
      context.addIssue({ code: 'custom', path: [...path], message: fault });
    }
  });

type Message = z.output<typeof message>;

export function readTurn({ role, content, ...more }: Message): ChatTurn {
  const images = more.images?.flatMap((url) => readImage(url) ?? []);
  return {
    role,
    content: content ?? '',
    ...(images?.length && { images }),
    ...(more.tool_calls?.length && { toolCalls: more.tool_calls }),
    ...(more.tool_call_id && { toolCallId: more.tool_call_id }),
  };
}
