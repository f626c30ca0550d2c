import { z } from 'zod';
import { text, timestamp, upTo, uuid } from '#platform/http/schema-parts';
import { ValuesResponse } from '../states/states.schemas.ts';
import {
  absent,
  limitTo,
  MetadataResponse,
  notes,
  offset,
  selection,
  sortOrder,
} from '../wire/wire-parts.schemas.ts';

const MAX_IDS = 100;
const MAX_THREADS = 100;
/** Two years. */
const MAX_TTL_MINUTES = 1_051_200;

const status = z
  .enum(['idle', 'busy', 'interrupted', 'error'])
  .describe('busy: a run has not ended; error: the last one failed');
const ttl = z
  .strictObject({
    ttl: upTo(MAX_TTL_MINUTES).min(1).describe('Minutes after the last change of the thread'),
    strategy: z.literal('delete').nullish(),
  })
  .nullish();

export const ThreadCreate = z
  .strictObject({
    thread_id: uuid().nullish().describe("The client's own; without it, one is made"),
    metadata: notes.nullish(),
    if_exists: z.enum(['raise', 'do_nothing']).nullish(),
    ttl,
    supersteps: absent(z.array(z.never()).max(0)),
  })
  .meta({ id: 'LangGraphThreadCreate' });

export const ThreadUpdate = z
  .strictObject({ metadata: notes.nullish(), ttl: absent(z.null()) })
  .meta({ id: 'LangGraphThreadUpdate' });

const filter = {
  metadata: notes.nullish(),
  values: absent(z.strictObject({})),
  status: status.nullish(),
};

export const ThreadSearch = z
  .strictObject({
    ...filter,
    ids: z.array(uuid()).max(MAX_IDS).nullish(),
    limit: limitTo(MAX_THREADS),
    offset,
    sort_by: z
      .enum(['thread_id', 'status', 'created_at', 'updated_at', 'state_updated_at'])
      .nullish(),
    sort_order: sortOrder,
    select: selection.describe('Without `values`, the messages stay out'),
    extract: absent(z.strictObject({})),
  })
  .meta({ id: 'LangGraphThreadSearch' });

export const ThreadCount = z.strictObject(filter).meta({ id: 'LangGraphThreadCount' });

export const ThreadQuery = z.object({
  include: z.union([text(64), z.array(text(64)).max(8)]).optional(),
});

export const ThreadResponse = z
  .object({
    thread_id: uuid(),
    created_at: timestamp,
    updated_at: timestamp,
    state_updated_at: timestamp.describe('When the last run ended'),
    metadata: MetadataResponse,
    status,
    values: ValuesResponse.optional(),
    interrupts: z.record(z.string(), z.unknown()),
    config: z.record(z.string(), z.unknown()),
    error: z.string().nullable(),
  })
  .meta({ id: 'LangGraphThread' });

export const ThreadListResponse = z.array(ThreadResponse).meta({ id: 'LangGraphThreadList' });
export const CountResponse = z.int().describe('How many match');
