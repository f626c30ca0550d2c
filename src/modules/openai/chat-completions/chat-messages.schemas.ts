import { z } from 'zod';
import { findTurnFaults, readImage, type ChatTurn } from '#modules/ai';
import { freeObject, text } from '#platform/http/schema-parts';

const MAX_TEXT_LENGTH = 1_000_000;
const MAX_PARTS = 100;
const MAX_MESSAGES = 2000;
const MAX_CALLS = 128;
const MAX_ID_LENGTH = 256;
const MAX_NAME_LENGTH = 64;
const MAX_URL_LENGTH = 50_000_000;

const content = text(MAX_TEXT_LENGTH);
const textPart = z.strictObject({ type: z.literal('text'), text: content });
const textParts = z.array(textPart).min(1).max(MAX_PARTS);
const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z
      .string()
      .max(MAX_URL_LENGTH)
      .refine(
        (url) => readImage(url) !== undefined,
        'Must be an https URL or a data URL of an image',
      ),
    detail: z.enum(['auto', 'low', 'high']).nullish(),
  }),
});
const userParts = z
  .array(z.discriminatedUnion('type', [textPart, imagePart]))
  .min(1)
  .max(MAX_PARTS);
const name = text(MAX_NAME_LENGTH).nullish().describe('Taken, and told to no model');

export const functionName = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .regex(/^[\w-]+$/, 'Must be letters, digits, _ and -');

export const OpenAiToolCall = z
  .strictObject({
    id: text(MAX_ID_LENGTH).min(1),
    type: z.literal('function'),
    function: z.strictObject({ name: functionName, arguments: content }),
  })
  .meta({ id: 'OpenAiToolCall' });

const systemMessage = z.strictObject({
  role: z.enum(['system', 'developer']),
  content: z.union([content, textParts]),
  name,
});
const userMessage = z.strictObject({
  role: z.literal('user'),
  content: z.union([content, userParts]),
  name,
});
const assistantMessage = z.strictObject({
  role: z.literal('assistant'),
  content: z.union([content, textParts]).nullish(),
  refusal: content.nullish(),
  tool_calls: z.array(OpenAiToolCall).max(MAX_CALLS).nullish(),
  // What our own answers have is taken back as part of a conversation.
  annotations: z.array(freeObject()).max(MAX_PARTS).nullish(),
  audio: z.null().optional(),
  name,
});
const toolMessage = z.strictObject({
  role: z.literal('tool'),
  content: z.union([content, textParts]),
  tool_call_id: text(MAX_ID_LENGTH).min(1),
});

const message = z.discriminatedUnion('role', [
  systemMessage,
  userMessage,
  assistantMessage,
  toolMessage,
]);

export const chatMessages = z
  .array(message)
  .min(1)
  .max(MAX_MESSAGES)
  .superRefine((list, context) => {
    for (const { path, message: fault } of findTurnFaults(list.map(readTurn))) {
      context.addIssue({ code: 'custom', path: [...path], message: fault });
    }
  });

type Message = z.output<typeof message>;

export function readTurn(sent: Message): ChatTurn {
  const said = readText(sent.content);
  switch (sent.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: said };
    case 'user': {
      const images = readImages(sent.content);
      return { role: 'user', content: said, ...(images.length > 0 && { images }) };
    }
    case 'assistant': {
      const toolCalls = sent.tool_calls?.map(({ id, function: call }) => ({ id, ...call }));
      const words = said === '' ? (sent.refusal ?? '') : said;
      return { role: 'assistant', content: words, ...(toolCalls?.length && { toolCalls }) };
    }
    case 'tool':
      return { role: 'tool', content: said, toolCallId: sent.tool_call_id };
  }
}

function readText(sent: Message['content']): string {
  if (typeof sent === 'string') return sent;
  return (sent ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function readImages(sent: z.output<typeof userMessage>['content']) {
  if (typeof sent === 'string') return [];
  return sent.flatMap((part) =>
    part.type === 'image_url' ? (readImage(part.image_url.url) ?? []) : [],
  );
}
