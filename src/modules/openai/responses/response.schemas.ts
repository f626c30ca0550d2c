import { z } from 'zod';
import { prefixedUuid } from '#platform/http/schema-parts';
import type { ResponseId } from '#shared/ids';
import { cursorPageOf } from '../wire/cursor-page.schemas.ts';

const MAX_ITEMS = 100;
const DEFAULT_ITEMS = 20;
const MAX_ITEM_ID_LENGTH = 256;

export const OpenAiResponseId = prefixedUuid<ResponseId>('resp_');
export const OpenAiResponseParams = z.object({ response_id: OpenAiResponseId });

export const ResponseItemFilter = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_ITEMS).default(DEFAULT_ITEMS),
  order: z.enum(['asc', 'desc']).default('desc').describe('By their place in the input'),
  after: z.string().max(MAX_ITEM_ID_LENGTH).optional().describe('The last id of the page before'),
});

const itemStatus = z.enum(['in_progress', 'completed', 'incomplete']);

export const FileCitation = z.object({
  type: z.literal('file_citation'),
  file_id: z.string().describe('The document'),
  filename: z.string(),
  index: z.int().describe('Where in the text the citation was complete'),
  quote: z.string().describe('Byte for byte as the document has it'),
  page: z.int().nullable(),
  start_offset: z.int(),
  end_offset: z.int(),
});

const OutputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(FileCitation),
  logprobs: z.array(z.never()),
});

const MessageItem = z.object({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  status: itemStatus,
  content: z.array(OutputText),
});
const FunctionCallItem = z.object({
  id: z.string(),
  type: z.literal('function_call'),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status: itemStatus,
});
const FileSearchCallItem = z.object({
  id: z.string(),
  type: z.literal('file_search_call'),
  status: z.enum(['in_progress', 'searching', 'completed', 'incomplete']),
  queries: z.array(z.string()),
  results: z.null().describe('Not told: the quotes are in the annotations'),
});

const OutputItem = z.discriminatedUnion('type', [
  MessageItem,
  FunctionCallItem,
  FileSearchCallItem,
]);

const echoed = z.unknown();

export const OpenAiResponse = z
  .object({
    id: z.string(),
    object: z.literal('response'),
    created_at: z.int(),
    completed_at: z.int().nullable(),
    status: z.enum(['in_progress', 'completed', 'failed', 'incomplete']),
    background: z.literal(false),
    error: z
      .object({ code: z.enum(['server_error', 'rate_limit_exceeded']), message: z.string() })
      .nullable(),
    incomplete_details: z
      .object({ reason: z.enum(['max_output_tokens', 'content_filter']) })
      .nullable(),
    model: z.string().describe('Which answered'),
    output: z.array(OutputItem),
    usage: z
      .object({
        input_tokens: z.int(),
        input_tokens_details: z.object({ cached_tokens: z.int(), cache_write_tokens: z.int() }),
        output_tokens: z.int(),
        output_tokens_details: z.object({ reasoning_tokens: z.int() }),
        total_tokens: z.int(),
      })
      .nullable(),
    instructions: z.string().nullable(),
    max_output_tokens: z.int().nullable(),
    metadata: z.record(z.string(), z.string()),
    parallel_tool_calls: z.boolean(),
    previous_response_id: z.string().nullable(),
    reasoning: z.object({ effort: z.string().nullable(), summary: z.string().nullable() }),
    service_tier: z.literal('default'),
    store: z.boolean(),
    temperature: z.number(),
    text: z.object({ format: echoed }),
    tool_choice: echoed,
    tools: z.array(echoed),
    top_p: z.number(),
    truncation: z.literal('disabled'),
    user: z.string().nullable(),
  })
  .meta({ id: 'OpenAiResponse' });

export type ResponseView = z.input<typeof OpenAiResponse>;
export type OutputItem = z.input<typeof OutputItem>;
export type MessageItem = z.input<typeof MessageItem>;
export type FunctionCallItem = z.input<typeof FunctionCallItem>;
export type FileSearchCallItem = z.input<typeof FileSearchCallItem>;
export type FileCitation = z.input<typeof FileCitation>;

export const OpenAiResponseDeleted = z
  .object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) })
  .meta({ id: 'OpenAiResponseDeleted' });

export const OpenAiResponseItemList = cursorPageOf(z.looseObject({ id: z.string() })).meta({
  id: 'OpenAiResponseItemList',
});
