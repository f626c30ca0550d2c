import { z } from 'zod';
import type { NotedRun } from '#modules/chat';
import { text, timestamp, uuid } from '#platform/http/schema-parts';
import type { RunId } from '#shared/ids';
import { MetadataResponse, ThreadParams } from '../wire/wire-parts.schemas.ts';
import type { FramePosition } from './run-frames.ts';
import { RUN_STATUSES } from './run-status.ts';
import type { ThreadRun } from './thread-run.ts';
import { DEFAULT_MODES, STREAM_MODES } from './stream-modes.ts';

const MAX_LISTED = 100;
const DEFAULT_LISTED = 10;
const MAX_OFFSET = 100_000;
const MAX_EVENT_ID_LENGTH = 16;

const status = z.enum(['pending', 'running', 'error', 'success', 'timeout', 'interrupted']);
const flag = z.enum(['0', '1', 'true', 'false']).optional();

export const RunParams = ThreadParams.extend({ run_id: uuid<RunId>() });
export const OwnRunParams = z.object({ run_id: uuid<RunId>() });

export const RunFilter = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LISTED).default(DEFAULT_LISTED),
  offset: z.coerce.number().int().min(0).max(MAX_OFFSET).default(0),
  status: status.optional(),
  select: z.union([text(64), z.array(text(64)).max(32)]).optional(),
});

export const CancelQuery = z.object({
  wait: flag.describe('1: answer once the run has ended'),
  action: z.literal('interrupt', { error: 'Must be interrupt: nothing is rolled back' }).optional(),
  reason: text(255).optional().describe('Not kept'),
});

export const CancelMany = z
  .strictObject({
    thread_id: uuid(),
    run_ids: z.array(uuid<RunId>()).min(1).max(MAX_LISTED),
  })
  .meta({ id: 'LangGraphRunsCancel' });

export const JoinQuery = z.object({ cancel_on_disconnect: flag });

const mode = z.enum(STREAM_MODES);
const modes = z.array(mode).max(2 * STREAM_MODES.length);

export const StreamQuery = JoinQuery.extend({
  stream_mode: z
    .union([
      mode.transform((one) => [one]),
      modes,
      z.string().max(255).transform(readJson).pipe(modes),
    ])
    .optional()
    .describe('As when the run was made, without it'),
  namespace: z.string().max(255).optional().describe('There is one'),
  checkpoint_id: z.string().max(64).optional(),
});

export const StreamHeaders = z.object({
  'last-event-id': z
    .string()
    .max(MAX_EVENT_ID_LENGTH)
    .regex(/^(?:|-1|\d{1,9}(?:-\d)?)$/, 'Must be the id of an event')
    .optional()
    .describe('The last event that arrived; the stream goes on after it'),
});

export const EventStreamResponse = z
  .string()
  .describe(
    'Server-sent events with `id`, `event` and JSON `data`: metadata; what was asked for by ' +
      '`stream_mode` (values, updates, messages/metadata, messages/partial, messages/complete, ' +
      'messages, custom); error; end',
  );

export const RunResponse = z
  .object({
    run_id: uuid<RunId>(),
    thread_id: uuid(),
    assistant_id: z.string(),
    created_at: timestamp,
    updated_at: timestamp,
    status,
    metadata: MetadataResponse,
    kwargs: z.object({ stream_mode: z.array(mode) }),
    multitask_strategy: z.enum(['reject', 'enqueue', 'interrupt']).nullable(),
  })
  .meta({ id: 'LangGraphRun' });

export const RunListResponse = z.array(RunResponse).meta({ id: 'LangGraphRunList' });

/** What `begin` notes on a run; whatever else is there is of another client. */
const RunNotes = z.object({
  assistant_id: z.string().catch('agent'),
  metadata: z.record(z.string(), z.unknown()).catch({}),
  stream_modes: z.array(mode).catch([...DEFAULT_MODES]),
  multitask_strategy: z.enum(['reject', 'enqueue', 'interrupt']).nullable().catch(null),
});

export function readNotes(run: NotedRun): z.output<typeof RunNotes> {
  return RunNotes.parse(run.notes);
}

export function presentRun({ run, threadId }: ThreadRun): z.input<typeof RunResponse> {
  const kept = readNotes(run);
  return {
    run_id: run.id,
    thread_id: threadId,
    assistant_id: kept.assistant_id,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    status: RUN_STATUSES[run.status],
    metadata: kept.metadata,
    kwargs: { stream_mode: kept.stream_modes },
    multitask_strategy: kept.multitask_strategy,
  };
}

/** `-1` is what LangGraph's client calls the place before everything. */
export function readPosition(lastEventId: string | undefined): FramePosition {
  const [event = '', frame = '9'] = (lastEventId ?? '').split('-');
  return event === '' ? { event: 0, frame: 0 } : { event: Number(event), frame: Number(frame) };
}

/** Some clients send a list as its JSON text. */
function readJson(value: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue({ code: 'custom', message: `Must be of ${STREAM_MODES.join(', ')}` });
    return z.NEVER;
  }
}
