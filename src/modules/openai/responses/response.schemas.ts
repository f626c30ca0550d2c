import { z } from 'zod';
import { prefixedUuid } from '#platform/http/schema-parts';
import type { ResponseId } from '#shared/ids';
import { OutputItem } from '../items/output-items.schemas.ts';
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
    conversation: z.object({ id: z.string() }).nullish().describe('Which it was added to'),
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

export const OpenAiResponseDeleted = z
  .object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) })
  .meta({ id: 'OpenAiResponseDeleted' });

export const OpenAiResponseItemList = cursorPageOf(z.looseObject({ id: z.string() })).meta({
  id: 'OpenAiResponseItemList',
});
