import { z } from 'zod';
import { text, timestamp, uuid } from '#platform/http/schema-parts';
import type { AgentId, MessageId, ProjectId, RunId, SessionId } from '#shared/ids';
import { CitationResponse, UsageResponse } from '../messages/messages.schemas.ts';
import { costOf } from './closing-events.ts';
import type { AskInput } from './plan-run.ts';
import type { RunRecord } from './runs.repository.ts';
import type { Answer } from './runs.service.ts';

const MAX_MESSAGE_LENGTH = 32_000;
const MAX_EVENT_ID_DIGITS = 9;

export const ChatRequest = z
  .strictObject({
    message: text(MAX_MESSAGE_LENGTH).refine(isSaying, 'Must not be empty'),
    session_id: uuid<SessionId>().nullish().describe('Without it, a new session begins'),
    project_id: uuid<ProjectId>().nullish().describe("Instead of the session's project"),
    model: text(255).min(1).nullish().describe("Instead of the agent's and the session's model"),
    agent_id: uuid<AgentId>()
      .nullish()
      .describe(
        "Who answers: an agent of the project; `agent_id` of the project's settings without it",
      ),
    on_interruption: z
      .enum(['fail', 'continue'])
      .nullish()
      .describe('Whether the next model goes on with an answer that breaks off; `fail` without it'),
    fallbacks: z
      .enum(['default', 'none'])
      .nullish()
      .describe('`none`: no other model answers where the one asked for fails'),
    if_busy: z
      .enum(['reject', 'enqueue', 'interrupt'])
      .nullish()
      .describe(
        'What becomes of the question while the session answers another; `RUN_IF_BUSY` without it. ' +
          'An answer that is asked for in one piece waits for no other',
      ),
    on_disconnect: z
      .enum(['cancel', 'continue'])
      .nullish()
      .describe('Whether a streamed answer goes on although nobody reads it; `cancel` without it'),
  })
  .meta({ id: 'ChatRequest' });

export const ChatResponse = z
  .object({
    session_id: uuid<SessionId>(),
    message: z.object({
      id: uuid<MessageId>(),
      role: z.literal('assistant'),
      content: z.string(),
      model: z.string(),
      citations: z.array(CitationResponse),
      usage: UsageResponse,
    }),
  })
  .meta({ id: 'ChatResponse' });

export const StreamParams = z.object({ run_id: uuid<RunId>() });

export const StreamHeaders = z.object({
  'last-event-id': z
    .string()
    .max(MAX_EVENT_ID_DIGITS)
    .regex(/^\d*$/, 'Must be the id of an event')
    .optional()
    .describe('The last event that arrived; the stream goes on after it'),
});

export const EventStreamResponse = z
  .string()
  .describe('Server-sent events, each `id` and JSON `data`; the last is `data: [DONE]`');

export const RunResponse = z
  .object({
    id: uuid<RunId>(),
    session_id: uuid<SessionId>(),
    status: z
      .enum(['queued', 'running', 'waiting', 'done', 'failed', 'cancelled'])
      .describe('waiting: somebody is to approve or reject calls of tools'),
    model: z.string(),
    attempts: z.int().describe('How many processes have had it'),
    created_at: timestamp,
    finished_at: timestamp.nullable(),
  })
  .meta({ id: 'RunResponse' });

export function presentRun(run: RunRecord): z.input<typeof RunResponse> {
  return {
    id: run.id,
    session_id: run.sessionId,
    status: run.status,
    model: run.model,
    attempts: run.attempts,
    created_at: run.createdAt,
    finished_at: run.finishedAt,
  };
}

export const CancelParams = z.object({ id: uuid<SessionId>() });

export function readChatRequest(body: z.output<typeof ChatRequest>): AskInput {
  return {
    message: body.message,
    sessionId: body.session_id ?? undefined,
    projectId: body.project_id ?? undefined,
    model: body.model ?? undefined,
    agentId: body.agent_id ?? undefined,
    ifBusy: body.if_busy ?? undefined,
    isBackground: body.on_disconnect === 'continue',
    failover: {
      ...(body.on_interruption && { onInterruption: body.on_interruption }),
      ...(body.fallbacks && { fallbacks: body.fallbacks }),
    },
  };
}

export function presentAnswer(answer: Answer): z.input<typeof ChatResponse> {
  const { metered } = answer;
  return {
    session_id: answer.sessionId,
    message: {
      id: answer.messageId,
      role: 'assistant',
      content: answer.content,
      model: answer.model,
      citations: [...answer.citations],
      usage: {
        prompt_tokens: metered.promptTokens,
        completion_tokens: metered.completionTokens,
        cost: costOf(metered.costMicros),
      },
    },
  };
}

function isSaying(message: string): boolean {
  return message.trim() !== '';
}
