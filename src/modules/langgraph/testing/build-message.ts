import { randomUUID } from 'node:crypto';
import type { ChatMessage } from '../states/thread-messages.service.ts';

type Overrides = Omit<Partial<ChatMessage>, 'id' | 'runId'> & { readonly runId?: string };

/** An answer, unless it is said otherwise. */
export function buildMessage({ runId, ...overrides }: Overrides = {}): ChatMessage {
  const ids = JSON.parse(
    JSON.stringify({ id: randomUUID(), sessionId: randomUUID(), runId: runId ?? null }),
  );
  return {
    ...ids,
    role: 'assistant',
    content: 'An answer',
    model: 'model',
    status: 'complete',
    citations: [],
    toolCalls: [],
    promptTokens: 0,
    completionTokens: 0,
    costMicros: 0,
    isUsageEstimated: false,
    latencyMs: 1,
    finishReason: 'stop',
    error: null,
    traceId: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    feedbackScore: null,
    ...overrides,
  };
}
