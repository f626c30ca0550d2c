import { z } from 'zod';
import { listQuery, pageOf, presentPage, timestamp, uuid } from '#platform/http/schema-parts';
import type { DocumentId, MessageId, RunId, SessionId } from '#shared/ids';
import type { Page } from '#shared/page';
import { costOf } from '../runs/closing-events.ts';
import type { ReadMessage } from './messages.repository.ts';

export const MessageParams = z.object({ id: uuid<SessionId>() });

export const MessageFilter = listQuery({ sort: ['created_at'], default: 'created_at' }).extend({
  cursor: uuid<MessageId>()
    .optional()
    .describe(
      'List from the message after this one instead of by pages: the `next_cursor` of a list',
    ),
});

export const CitationResponse = z
  .object({
    document_id: uuid<DocumentId>(),
    document_title: z.string(),
    page: z.int().nullable(),
    quote: z.string().describe('As it stands in the document, byte for byte'),
    start_offset: z.int().describe("In the document's extracted text, in UTF-16 code units"),
    end_offset: z.int(),
  })
  .meta({ id: 'CitationResponse' });

export const ToolCallResponse = z
  .object({
    id: z.string(),
    name: z.string(),
    arguments: z.string().describe('As the model wrote them'),
    content: z.string().nullable().describe('What it was answered; null where nothing came of it'),
    is_error: z.boolean(),
  })
  .describe('Texts of more than 2,000 characters are cut')
  .meta({ id: 'ChatToolCallResponse' });

export const UsageResponse = z
  .object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    cost: z.number().describe('In the configured currency'),
  })
  .meta({ id: 'ChatUsageResponse' });

export const MessageResponse = z
  .object({
    id: uuid<MessageId>(),
    session_id: uuid<SessionId>(),
    run_id: uuid<RunId>().nullable(),
    role: z.enum(['user', 'assistant', 'system', 'tool']),
    content: z.string(),
    status: z
      .enum(['pending', 'complete', 'aborted', 'incomplete'])
      .describe('aborted: cancelled or left by its reader; incomplete: the answer failed'),
    model: z.string().nullable(),
    citations: z.array(CitationResponse),
    tool_calls: z.array(ToolCallResponse),
    usage: UsageResponse,
    usage_estimated: z.boolean(),
    latency_ms: z.int().nullable(),
    finish_reason: z.string().nullable(),
    error: z.string().nullable(),
    trace_id: z.string().nullable(),
    feedback_score: z.literal([-1, 1]).nullable().describe('Of your own feedback on it'),
    created_at: timestamp,
  })
  .meta({ id: 'MessageResponse' });

export const MessageListResponse = pageOf(MessageResponse)
  .extend({ next_cursor: uuid<MessageId>().nullable() })
  .meta({ id: 'MessageListResponse' });

export function presentMessages(page: Page<ReadMessage>): z.input<typeof MessageListResponse> {
  const isFull = page.items.length === page.pageSize;
  const last = page.items.at(-1);
  return { ...presentPage(page, presentMessage), next_cursor: isFull && last ? last.id : null };
}

function presentMessage(record: ReadMessage): z.input<typeof MessageResponse> {
  return {
    id: record.id,
    session_id: record.sessionId,
    run_id: record.runId,
    role: record.role,
    content: record.content,
    status: record.status,
    model: record.model,
    citations: [...record.citations],
    tool_calls: [...record.toolCalls],
    usage: {
      prompt_tokens: record.promptTokens,
      completion_tokens: record.completionTokens,
      cost: costOf(record.costMicros),
    },
    usage_estimated: record.isUsageEstimated,
    latency_ms: record.latencyMs,
    finish_reason: record.finishReason,
    error: record.error,
    trace_id: record.traceId,
    feedback_score: record.feedbackScore,
    created_at: record.createdAt,
  };
}
