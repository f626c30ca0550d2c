import { z } from 'zod';
import type { FinishReason, TokenUsage } from '../../chat-model.ts';
import type { AnswerPart, ReadFrame, ToolCallPiece } from '../answer-part.ts';
import { unreadable } from '../endpoint-failure.ts';
import { makeToolCallId } from '../tool-call-id.ts';
import type { ThoughtSignatures } from './thought-signatures.ts';

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  BLOCKLIST: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  LANGUAGE: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  RECITATION: 'content_filter',
  SAFETY: 'content_filter',
  SPII: 'content_filter',
};
// The model wrote something that is no answer.
const MALFORMED = new Set([
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'UNEXPECTED_TOOL_CALL',
]);

const call = z.object({
  id: z.string().nullish(),
  name: z.string().min(1),
  args: z.record(z.string(), z.unknown()).nullish(),
});
const part = z.object({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  functionCall: call.nullish(),
});
const candidate = z.object({
  content: z.object({ parts: z.array(part).nullish() }).nullish(),
  finishReason: z.string().nullish(),
});
const tokenCount = z.number().int().nonnegative().nullish();
// A figure that makes no sense is as good as none: ours is counted instead.
const usage = z
  .object({
    promptTokenCount: tokenCount,
    candidatesTokenCount: tokenCount,
    cachedContentTokenCount: tokenCount,
    thoughtsTokenCount: tokenCount,
    toolUsePromptTokenCount: tokenCount,
  })
  .nullish()
  .catch(undefined);
const response = z.object({
  candidates: z.array(candidate).nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: usage,
});

type WirePart = z.output<typeof part>;

/** Reads the frames of one answer. Calls of tools come whole, and mostly without an id. */
export function createResponseReader(signatures: ThoughtSignatures): ReadFrame {
  let calls = 0;

  function readCall({ functionCall, thoughtSignature }: WirePart): readonly ToolCallPiece[] {
    if (!functionCall) return [];
    const { name, args } = functionCall;
    const id = functionCall.id || makeToolCallId();
    if (thoughtSignature) signatures.remember(id, thoughtSignature);
    calls += 1;
    return [{ index: calls - 1, id, name, arguments: JSON.stringify(args ?? {}) }];
  }

  return (frame): AnswerPart => {
    const parsed = response.safeParse(frame);
    if (!parsed.success) throw unreadable();
    const { candidates, promptFeedback, usageMetadata } = parsed.data;
    const [first] = candidates ?? [];
    const parts = (first?.content?.parts ?? []).filter(({ thought }) => !thought);
    return {
      text: parts.map(({ text }) => text ?? '').join(''),
      toolCalls: parts.flatMap(readCall),
      finishReason: promptFeedback?.blockReason
        ? 'content_filter'
        : readFinishReason(first?.finishReason),
      usage: toUsage(usageMetadata),
    };
  };
}

function readFinishReason(reason: string | null | undefined): FinishReason | undefined {
  if (!reason || reason === 'FINISH_REASON_UNSPECIFIED') return undefined;
  if (MALFORMED.has(reason)) throw unreadable();
  return Object.hasOwn(FINISH_REASONS, reason) ? FINISH_REASONS[reason] : 'stop';
}

function toUsage(counted: z.output<typeof usage>): TokenUsage | undefined {
  if (typeof counted?.promptTokenCount !== 'number') return undefined;
  const { cachedContentTokenCount: cached, thoughtsTokenCount: thought } = counted;
  return {
    promptTokens: counted.promptTokenCount + (counted.toolUsePromptTokenCount ?? 0),
    completionTokens: (counted.candidatesTokenCount ?? 0) + (thought ?? 0),
    ...(typeof cached === 'number' && { cachedTokens: cached }),
    ...(typeof thought === 'number' && { reasoningTokens: thought }),
    isEstimated: false,
  };
}
