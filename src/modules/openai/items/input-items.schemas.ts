import { z } from 'zod';
import { readImage } from '#modules/ai';
import { text } from '#platform/http/schema-parts';
import { functionName } from '../chat-completions/chat-messages.schemas.ts';

const MAX_TEXT_LENGTH = 1_000_000;
const MAX_ID_LENGTH = 256;
const MAX_PARTS = 100;
const MAX_ITEMS = 2000;
const MAX_URL_LENGTH = 50_000_000;

const content = text(MAX_TEXT_LENGTH);
const id = text(MAX_ID_LENGTH).min(1).nullish();
const status = z.enum(['in_progress', 'completed', 'incomplete']).nullish();
/** What the official client adds to what it has parsed. */
const parsed = z.unknown().optional();

const inputText = z.strictObject({ type: z.literal('input_text'), text: content });
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: z
    .string()
    .max(MAX_URL_LENGTH)
    .refine(
      (url) => readImage(url) !== undefined,
      'Must be an https URL or a data URL of an image',
    ),
  detail: z.enum(['auto', 'low', 'high']).nullish(),
});
const outputText = z.strictObject({
  type: z.literal('output_text'),
  text: content,
  annotations: z.array(z.unknown()).max(MAX_PARTS).nullish(),
  logprobs: z.array(z.unknown()).max(MAX_PARTS).nullish(),
  parsed,
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: content });

const asked = z.strictObject({
  type: z.literal('message').default('message'),
  role: z.enum(['user', 'system', 'developer']),
  content: z.union([
    content,
    z
      .array(z.discriminatedUnion('type', [inputText, inputImage]))
      .min(1)
      .max(MAX_PARTS),
  ]),
  id,
  status,
});
const said = z.strictObject({
  type: z.literal('message').default('message'),
  role: z.literal('assistant'),
  content: z.union([
    content,
    z
      .array(z.discriminatedUnion('type', [outputText, refusal]))
      .min(1)
      .max(MAX_PARTS),
  ]),
  id,
  status,
});
const functionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: text(MAX_ID_LENGTH).min(1),
  name: functionName,
  arguments: content,
  parsed_arguments: parsed,
  id,
  status,
});
const functionCallOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: text(MAX_ID_LENGTH).min(1),
  output: z.union([content, z.array(inputText).min(1).max(MAX_PARTS)]),
  id,
  status,
});
/** What was found is in the answer that follows it, so it is taken and not told again. */
const fileSearchCall = z.strictObject({
  type: z.literal('file_search_call'),
  queries: z.array(content).max(MAX_PARTS),
  results: z.array(z.unknown()).max(MAX_PARTS).nullish(),
  id,
  status,
});

const ITEM_KINDS =
  'a message of text and images, a function_call, a function_call_output, a file_search_call';

/** What is said to a model, or was said before. */
export const InputItem = z.union([asked, said, functionCall, functionCallOutput, fileSearchCall], {
  error: `Must be one of: ${ITEM_KINDS}`,
});

export const InputItems = z.union([content.min(1), z.array(InputItem).min(1).max(MAX_ITEMS)], {
  error: `Must be a text, or a list of items, each of them one of: ${ITEM_KINDS}`,
});

export type InputItem = z.output<typeof InputItem>;
