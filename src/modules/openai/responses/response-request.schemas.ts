import { z } from 'zod';
import { numeric, prefixedUuid, text } from '#platform/http/schema-parts';
import type { ProjectId } from '#shared/ids';
import { clientHints, jsonSchema } from '../chat-completions/chat-completions.schemas.ts';
import { functionName } from '../chat-completions/chat-messages.schemas.ts';
import { absent } from '../chat-completions/unsupported.ts';
import { OpenAiConversationId } from '../conversations/conversations.schemas.ts';
import { InputItems } from '../items/input-items.schemas.ts';
import { OpenAiResponseId } from './response.schemas.ts';

const MAX_NAME_LENGTH = 255;
const MAX_DESCRIPTION_LENGTH = 10_000;
const MAX_TEXT_LENGTH = 1_000_000;
const MAX_TOOLS = 128;
const MAX_TOKENS = 1_000_000;
const MAX_INCLUDES = 20;

/** What no answer has here: to include it changes nothing. */
const EMPTY_INCLUDES = [
  'code_interpreter_call.outputs',
  'computer_call_output.output.image_url',
  'reasoning.encrypted_content',
  'web_search_call.action.sources',
  'web_search_call.results',
] as const;

const functionTool = z.strictObject({
  type: z.literal('function'),
  name: functionName,
  description: text(MAX_DESCRIPTION_LENGTH).nullish(),
  parameters: jsonSchema.nullish(),
  strict: z.boolean().nullish(),
});
const fileSearchTool = z.strictObject({
  type: z.literal('file_search'),
  vector_store_ids: z
    .array(prefixedUuid<ProjectId>('vs_'))
    .min(1)
    .max(1, 'One vector store can be searched for an answer')
    .describe('The project whose documents are searched before the answer'),
  max_num_results: absent(z.never()),
  ranking_options: absent(z.strictObject({})),
  filters: absent(z.never()),
});
const tool = z.discriminatedUnion('type', [functionTool, fileSearchTool], {
  error: 'Only tools of the types function and file_search are supported here',
});

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ type: z.literal('function'), name: functionName }),
  z.strictObject({ type: z.literal('file_search') }),
]);

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: functionName,
    description: text(MAX_DESCRIPTION_LENGTH).nullish(),
    schema: jsonSchema,
    strict: z.boolean().nullish(),
  }),
]);

/** What would change the answer, and cannot be had here: only their neutral values are taken. */
const unsupported = {
  background: absent(z.literal(false)),
  context_management: absent(z.tuple([])),
  max_tool_calls: absent(z.never()),
  moderation: absent(z.never()),
  prompt: absent(z.never()),
  top_logprobs: absent(z.literal(0)),
  truncation: absent(z.literal('disabled')),
};

export const ResponseRequest = z
  .strictObject({
    model: text(MAX_NAME_LENGTH).min(1).describe('One of `GET /v1/models`, or `auto`'),
    input: InputItems,
    instructions: text(MAX_TEXT_LENGTH).nullish(),
    previous_response_id: OpenAiResponseId.nullish(),
    conversation: z
      .union([OpenAiConversationId, z.strictObject({ id: OpenAiConversationId })])
      .nullish()
      .describe('What was said before; the input and the answer are added to it'),
    store: z.boolean().nullish(),
    stream: z.boolean().nullish(),
    stream_options: z.strictObject({ include_obfuscation: z.boolean().nullish() }).nullish(),
    include: z.array(z.enum(EMPTY_INCLUDES)).max(MAX_INCLUDES).nullish(),
    max_output_tokens: z.int().min(1).max(MAX_TOKENS).nullish(),
    temperature: numeric().min(0).max(2).nullish(),
    top_p: numeric().min(0).max(1).nullish(),
    tools: z.array(tool).max(MAX_TOOLS).nullish(),
    tool_choice: toolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    text: z
      .strictObject({ format: format.nullish(), verbosity: absent(z.literal('medium')) })
      .nullish(),
    reasoning: z
      .strictObject({
        effort: z.enum(['minimal', 'low', 'medium', 'high']).nullish(),
        summary: absent(z.literal('auto')),
        generate_summary: absent(z.literal('auto')),
      })
      .nullish(),
    ...clientHints,
    ...unsupported,
  })
  .meta({ id: 'OpenAiResponseRequest' });

export type ResponseBody = z.output<typeof ResponseRequest>;
