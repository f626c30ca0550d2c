import { z } from 'zod';
import type { DocumentId } from '#shared/ids';
import type { RetrievedPassage } from '../agent/retrieved-passage.ts';
import { withCall, type Step, type StepCall } from '../agent/tool-step.ts';
import type { StoredCitation } from '../messages/messages.repository.ts';
import type { BilledUse } from './billed-use.ts';
import {
  ApprovalEvent,
  ApprovalRequiredEvent,
  readSource,
  readUse,
  StepEvent,
  ToolCallEvent,
  ToolResultEvent,
  ToolStartEvent,
} from './tool-events.ts';

/** What one model said of a turn; it has no name where it is the model that was asked for. */
export type ReplayedPart = {
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly content: string;
};

export type ReplayedAnswer = {
  /** All that was told. */
  readonly content: string;
  /** What belongs to the turn that is not whole. */
  readonly said: string;
  /** Of that turn. */
  readonly parts: readonly ReplayedPart[];
  readonly citations: readonly StoredCitation[];
  /** The turns that called tools, and what came of it. */
  readonly steps: readonly Step[];
  /** What those turns used. */
  readonly uses: readonly BilledUse[];
  /** What tools found, in the order of its numbers. */
  readonly toolPassages: readonly RetrievedPassage[];
};

const documentId = z.string().transform((id) => id as DocumentId);
const ReplayedEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('token'),
    content: z.string(),
    model: z.string().optional(),
    provider: z.string().optional(),
  }),
  z.object({
    type: z.literal('citation'),
    document_id: documentId,
    document_title: z.string(),
    page: z.number().nullable(),
    quote: z.string(),
    start_offset: z.number(),
    end_offset: z.number(),
  }),
  StepEvent,
  ToolCallEvent,
  ToolStartEvent,
  ToolResultEvent,
  ApprovalRequiredEvent,
  ApprovalEvent,
  z.object({ type: z.enum(['session', 'status', 'usage', 'error']) }),
]);
type ReplayedEvent = z.output<typeof ReplayedEvent>;

type Replay = { -readonly [Member in keyof ReplayedAnswer]: ReplayedAnswer[Member] };

export const NOTHING_SAID: ReplayedAnswer = {
  content: '',
  said: '',
  parts: [],
  citations: [],
  steps: [],
  uses: [],
  toolPassages: [],
};

/** Puts an answer together again from the events that were stored. */
export function replayAnswer(events: readonly string[]): ReplayedAnswer {
  const replay: Replay = { ...NOTHING_SAID };
  for (const text of events) apply(replay, ReplayedEvent.parse(JSON.parse(text)));
  return replay;
}

function apply(replay: Replay, event: ReplayedEvent): void {
  switch (event.type) {
    case 'token':
      replay.content += event.content;
      replay.said += event.content;
      replay.parts = withToken(replay.parts, event);
      break;
    case 'citation': {
      const { type: _type, ...citation } = event;
      replay.citations = [...replay.citations, citation];
      break;
    }
    case 'step':
      replay.steps = [...replay.steps, { said: replay.said, calls: [] }];
      replay.uses = [...replay.uses, ...event.uses.map(readUse)];
      replay.said = '';
      replay.parts = [];
      break;
    case 'session':
    case 'status':
    case 'usage':
    case 'error':
      break;
    default:
      applyToTools(replay, event);
  }
}

type ToolEvent = Extract<ReplayedEvent, { type: `tool_${string}` | `approval${string}` }>;

function applyToTools(replay: Replay, event: ToolEvent): void {
  switch (event.type) {
    case 'tool_call':
      changeStep(replay, (step) => ({ ...step, calls: [...step.calls, toCall(event)] }));
      return;
    case 'tool_start':
      changeCall(replay, event, { isStarted: true });
      return;
    case 'tool_result': {
      const passages = event.sources.map(readSource);
      replay.toolPassages = [...replay.toolPassages, ...passages];
      const result = { text: event.content, isError: event.is_error, passages };
      changeCall(replay, event, { result });
      return;
    }
    case 'approval_required':
      changeCall(replay, event, { isAsked: true });
      return;
    case 'approval': {
      const { decision, comment } = event;
      changeCall(replay, event, { decision: { isApproved: decision === 'approve', comment } });
    }
  }
}

function toCall(event: z.output<typeof ToolCallEvent>): StepCall {
  const { id, name, arguments: input, needs_approval: needsApproval } = event;
  return { id, name, arguments: input, needsApproval, isAsked: false, isStarted: false };
}

function changeCall(
  replay: Replay,
  { tool_call_id: callId }: { readonly tool_call_id: string },
  change: Partial<StepCall>,
): void {
  changeStep(replay, (step) => withCall(step, callId, change));
}

/** Calls are of the newest step alone. */
function changeStep(replay: Replay, change: (step: Step) => Step): void {
  const last = replay.steps.at(-1);
  if (last) replay.steps = [...replay.steps.slice(0, -1), change(last)];
}

/** A token that names a model is the first of what that one says. */
function withToken(
  parts: readonly ReplayedPart[],
  { model, provider, content }: ReplayedPart,
): readonly ReplayedPart[] {
  const former = model === undefined ? parts.at(-1) : undefined;
  if (!former) return [...parts, { model, provider, content }];
  return [...parts.slice(0, -1), { ...former, content: former.content + content }];
}
