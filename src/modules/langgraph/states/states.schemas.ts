import { z } from 'zod';
import { freeObject, text, timestamp, uuid } from '#platform/http/schema-parts';
import {
  CheckpointReference,
  limitTo,
  MetadataResponse,
  notes,
  selection,
  ThreadParams,
} from '../wire/wire-parts.schemas.ts';

const MAX_STATES = 1000;

export const LangGraphMessage = z
  .object({
    id: z.string(),
    type: z.enum(['human', 'ai', 'system', 'tool']),
    content: z.string(),
    additional_kwargs: z
      .record(z.string(), z.unknown())
      .describe('Of an answer with sources: `citations`, as chat tells them'),
    response_metadata: z
      .record(z.string(), z.unknown())
      .describe(
        'Of an answer: `model_name`, `finish_reason`, `status`, and `error` where it failed',
      ),
    tool_calls: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          args: z.record(z.string(), z.unknown()),
          type: z.literal('tool_call'),
        }),
      )
      .optional(),
    name: z.string().optional().describe('Of the tool whose result it is'),
    tool_call_id: z.string().optional(),
    status: z.enum(['success', 'error']).optional(),
    invalid_tool_calls: z.array(z.unknown()).optional(),
    usage_metadata: z
      .object({
        input_tokens: z.int(),
        output_tokens: z.int(),
        total_tokens: z.int(),
      })
      .optional(),
  })
  .meta({ id: 'LangGraphMessage' });

export const InterruptResponse = z
  .object({
    id: z.string(),
    value: z.object({
      action_requests: z.array(
        z.object({
          name: z.string(),
          args: z.record(z.string(), z.unknown()),
          description: z.string(),
        }),
      ),
      review_configs: z.array(
        z.object({ action_name: z.string(), allowed_decisions: z.array(z.string()) }),
      ),
    }),
  })
  .meta({ id: 'LangGraphInterrupt' });

export const ValuesResponse = z
  .object({
    messages: z
      .array(LangGraphMessage)
      .describe('Oldest first; of a long thread the newest, up to 1,000 and 250,000 characters'),
    __interrupt__: z.array(InterruptResponse).optional().describe('What a human is asked'),
    __error__: z
      .object({ error: z.string(), message: z.string() })
      .optional()
      .describe('Why the run that was waited for failed'),
  })
  .meta({ id: 'LangGraphValues' });

const CheckpointResponse = z.object({
  thread_id: z.string(),
  checkpoint_ns: z.string(),
  checkpoint_id: uuid().nullable().describe("The last message's id; null before the first"),
  checkpoint_map: z.record(z.string(), z.unknown()).nullable(),
});

export const StateResponse = z
  .object({
    values: ValuesResponse,
    next: z
      .array(z.string())
      .describe('`agent` while the last message is a question, `tools` while a human is asked'),
    tasks: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        error: z.string().nullable(),
        interrupts: z.array(InterruptResponse),
        checkpoint: z.null(),
        state: z.null(),
        result: z.null(),
      }),
    ),
    interrupts: z.array(InterruptResponse),
    checkpoint: CheckpointResponse,
    parent_checkpoint: CheckpointResponse.nullable(),
    metadata: MetadataResponse,
    created_at: timestamp.nullable(),
  })
  .meta({ id: 'LangGraphState' });

export const HistoryResponse = z.array(StateResponse).meta({ id: 'LangGraphHistory' });

export const StateFilter = z.object({
  subgraphs: z.string().max(16).optional().describe('There are none'),
  select: z.union([z.string().max(64), z.array(z.string().max(64)).max(32)]).optional(),
});
export const CheckpointParams = ThreadParams.extend({ checkpoint_id: uuid() });
export const StateAtCheckpoint = z
  .strictObject({
    checkpoint: CheckpointReference,
    subgraphs: z.boolean().nullish(),
    select: selection,
  })
  .meta({ id: 'LangGraphStateAtCheckpoint' });

export const HistoryRequest = z
  .strictObject({
    limit: limitTo(MAX_STATES).describe('At most; long threads come in smaller parts'),
    before: z
      .union([text(64), z.strictObject({ configurable: freeObject() }), CheckpointReference])
      .nullish()
      .describe('Only states before this one: a checkpoint, its id, or a config that holds it'),
    metadata: notes.nullish().describe('Only states whose metadata hold these'),
    checkpoint: CheckpointReference.nullish().describe('This state and those before it'),
    select: selection,
  })
  .meta({ id: 'LangGraphHistoryRequest' });

/** The id in whichever form. */
export function readBefore(before: z.output<typeof HistoryRequest>['before']): string | undefined {
  if (typeof before === 'string') return before;
  if (!before) return undefined;
  const id = 'configurable' in before ? before.configurable['checkpoint_id'] : before.checkpoint_id;
  return typeof id === 'string' ? id : undefined;
}
