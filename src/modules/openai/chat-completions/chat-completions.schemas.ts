import { z } from 'zod';
import { freeObject, numeric, text } from '#platform/http/schema-parts';
import { chatMessages, functionName } from './chat-messages.schemas.ts';
import { absent } from './unsupported.ts';

const MAX_NAME_LENGTH = 255;
const MAX_DESCRIPTION_LENGTH = 10_000;
const MAX_TOOLS = 128;
const MAX_STOPS = 4;
const MAX_TOKENS = 1_000_000;
const MAX_METADATA = 16;
const MAX_METADATA_LENGTH = 512;

export const jsonSchema = freeObject();
const stop = text(MAX_NAME_LENGTH).min(1);
const tokens = z.int().min(1).max(MAX_TOKENS);

const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: functionName,
    description: text(MAX_DESCRIPTION_LENGTH).nullish(),
    parameters: jsonSchema.nullish(),
    strict: z.boolean().nullish(),
  }),
});

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({
    type: z.literal('function'),
    function: z.strictObject({ name: functionName }),
  }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: functionName,
      description: text(MAX_DESCRIPTION_LENGTH).nullish(),
      schema: jsonSchema,
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** Hints that change no answer: taken, so that clients which send them work. */
export const clientHints = {
  user: text(MAX_NAME_LENGTH).nullish(),
  safety_identifier: text(MAX_NAME_LENGTH).nullish(),
  prompt_cache_key: text(MAX_NAME_LENGTH).nullish(),
  metadata: z
    .record(text(MAX_NAME_LENGTH), text(MAX_METADATA_LENGTH))
    .refine(
      (members) => Object.keys(members).length <= MAX_METADATA,
      'Must have 16 members at most',
    )
    .nullish(),
  service_tier: z.enum(['auto', 'default']).nullish(),
};

/** What would change the answer, and cannot be had here: only their neutral values are taken. */
const unsupported = {
  n: absent(z.literal(1)),
  store: absent(z.literal(false)),
  logprobs: absent(z.literal(false)),
  top_logprobs: absent(z.literal(0)),
  logit_bias: absent(z.strictObject({})),
  presence_penalty: absent(z.literal(0)),
  frequency_penalty: absent(z.literal(0)),
  modalities: absent(z.tuple([z.literal('text')])),
};

export const ChatCompletionRequest = z
  .strictObject({
    model: text(MAX_NAME_LENGTH).min(1).describe('One of `GET /v1/models`, or `auto`'),
    messages: chatMessages,
    stream: z.boolean().nullish(),
    stream_options: z
      .strictObject({
        include_usage: z.boolean().nullish(),
        include_obfuscation: z.boolean().nullish(),
      })
      .nullish(),
    temperature: numeric().min(0).max(2).nullish(),
    top_p: numeric().min(0).max(1).nullish(),
    max_tokens: tokens.nullish(),
    max_completion_tokens: tokens.nullish(),
    stop: z.union([stop, z.array(stop).max(MAX_STOPS)]).nullish(),
    seed: numeric().int().nullish(),
    tools: z.array(tool).max(MAX_TOOLS).nullish(),
    tool_choice: toolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormat.nullish(),
    reasoning_effort: z.enum(['minimal', 'low', 'medium', 'high']).nullish(),
    ...clientHints,
    ...unsupported,
  })
  .meta({ id: 'ChatCompletionRequest' });

export type ChatCompletionBody = z.output<typeof ChatCompletionRequest>;

export const OpenAiUsage = z
  .object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    prompt_tokens_details: z.object({ cached_tokens: z.int() }),
    completion_tokens_details: z.object({ reasoning_tokens: z.int() }),
  })
  .meta({ id: 'OpenAiUsage' });

const annotation = z.object({
  type: z.literal('file_citation'),
  file_citation: z.object({
    file_id: z.string().describe('The document'),
    filename: z.string(),
    index: z.int().describe('Where in the answer it was complete'),
    quote: z.string().describe('Byte for byte as the document has it'),
    page: z.int().nullable(),
    start_offset: z.int(),
    end_offset: z.int(),
  }),
});

export const ChatCompletionResponse = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string().describe('Which answered'),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.null(),
          annotations: z.array(annotation),
          tool_calls: z
            .array(
              z.object({
                id: z.string(),
                type: z.literal('function'),
                function: z.object({ name: z.string(), arguments: z.string() }),
              }),
            )
            .optional(),
        }),
        finish_reason: z.enum(['stop', 'length', 'content_filter', 'tool_calls']),
        logprobs: z.null(),
      }),
    ),
    usage: OpenAiUsage,
  })
  .meta({ id: 'ChatCompletionResponse' });
