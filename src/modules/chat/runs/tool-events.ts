import { z } from 'zod';
import type { ChunkId, DocumentId } from '#shared/ids';
import type { RetrievedPassage } from '../agent/retrieved-passage.ts';
import type { StepCall, ToolDecision, ToolResult } from '../agent/tool-step.ts';
import type { BilledUse } from './billed-use.ts';
import type { RunEvent } from './run-log.ts';

const id = z.string();
const chunkId = z.string().transform((text) => text as ChunkId);
const documentId = z.string().transform((text) => text as DocumentId);

const UseEvent = z.object({
  id,
  model: z.string(),
  provider: z.string().nullable(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cached_tokens: z.number(),
  reasoning_tokens: z.number(),
  estimated: z.boolean(),
});

const SourceEvent = z.object({
  chunk_id: chunkId,
  document_id: documentId,
  document_title: z.string(),
  page: z.number().nullable(),
  start_offset: z.number(),
  content: z.string(),
  score: z.number(),
});

/** A turn of the model ended, and calls tools: what it used, which is billed under these ids. */
export const StepEvent = z.object({ type: z.literal('step'), uses: z.array(UseEvent) });

export const ToolCallEvent = z.object({
  type: z.literal('tool_call'),
  id,
  name: z.string(),
  arguments: z.string(),
  needs_approval: z.boolean(),
});

/** A call that may have an effect begins. */
export const ToolStartEvent = z.object({ type: z.literal('tool_start'), tool_call_id: id });

export const ToolResultEvent = z.object({
  type: z.literal('tool_result'),
  tool_call_id: id,
  name: z.string(),
  content: z.string(),
  is_error: z.boolean(),
  sources: z.array(SourceEvent).default([]),
});

export const ApprovalRequiredEvent = z.object({
  type: z.literal('approval_required'),
  tool_call_id: id,
  name: z.string(),
  arguments: z.string(),
});

export const ApprovalEvent = z.object({
  type: z.literal('approval'),
  tool_call_id: id,
  decision: z.enum(['approve', 'reject']),
  comment: z.string().optional(),
});

export function stepEvent(uses: readonly BilledUse[]): RunEvent {
  return {
    type: 'step',
    uses: uses.map(({ id: useId, model, provider, usage }) => ({
      id: useId,
      model,
      provider,
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      cached_tokens: usage.cachedTokens ?? 0,
      reasoning_tokens: usage.reasoningTokens ?? 0,
      estimated: usage.isEstimated,
    })),
  };
}

export function readUse(use: z.output<typeof UseEvent>): BilledUse {
  return {
    id: use.id,
    model: use.model,
    provider: use.provider,
    usage: {
      promptTokens: use.prompt_tokens,
      completionTokens: use.completion_tokens,
      cachedTokens: use.cached_tokens,
      reasoningTokens: use.reasoning_tokens,
      isEstimated: use.estimated,
    },
  };
}

export function toolCallEvent(call: StepCall): RunEvent {
  const { name, arguments: input, needsApproval } = call;
  return {
    type: 'tool_call',
    id: call.id,
    name,
    arguments: input,
    needs_approval: needsApproval,
  };
}

export function toolResultEvent(
  call: Pick<StepCall, 'id' | 'name'>,
  { text, isError, passages }: ToolResult,
): RunEvent {
  return {
    type: 'tool_result',
    tool_call_id: call.id,
    name: call.name,
    content: text,
    is_error: isError,
    ...(passages.length > 0 && { sources: passages.map(toSource) }),
  };
}

export function approvalRequiredEvent(call: StepCall): RunEvent {
  const { id: callId, name, arguments: input } = call;
  return { type: 'approval_required', tool_call_id: callId, name, arguments: input };
}

export function approvalEvent(callId: string, { isApproved, comment }: ToolDecision): RunEvent {
  const decision = isApproved ? 'approve' : 'reject';
  return { type: 'approval', tool_call_id: callId, decision, ...(comment && { comment }) };
}

function toSource(passage: RetrievedPassage): z.input<typeof SourceEvent> {
  return {
    chunk_id: passage.chunkId,
    document_id: passage.documentId,
    document_title: passage.documentTitle,
    page: passage.page,
    start_offset: passage.startOffset,
    content: passage.content,
    score: passage.score,
  };
}

export function readSource(source: z.output<typeof SourceEvent>): RetrievedPassage {
  return {
    chunkId: source.chunk_id,
    documentId: source.document_id,
    documentTitle: source.document_title,
    page: source.page,
    startOffset: source.start_offset,
    content: source.content,
    score: source.score,
  };
}
