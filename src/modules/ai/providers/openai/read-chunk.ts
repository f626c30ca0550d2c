import { z } from 'zod';
import type { FinishReason, TokenUsage } from '../../chat-model.ts';
import { unreadable } from './endpoint-failure.ts';

/** What one frame of an answer says; most say one thing. */
export type AnswerPart = {
  readonly text: string;
  readonly finishReason: FinishReason | undefined;
  readonly usage: TokenUsage | undefined;
};

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
};

const choice = z.object({
  delta: z.object({ content: z.string().nullish() }).nullish(),
  finish_reason: z.string().nullish(),
});
const tokenCount = z.number().int().nonnegative();
// A figure that makes no sense is as good as none: ours is counted instead.
const usage = z
  .object({ prompt_tokens: tokenCount, completion_tokens: tokenCount })
  .nullish()
  .catch(undefined);
// Frames without choices exist: the one with the usage, and the first one of some endpoints.
const chunk = z.object({ choices: z.array(choice).nullish(), usage });

/** Reads a frame, whatever else is in it. @throws external `upstream_error` for what is none */
export function readChunk(frame: unknown): AnswerPart {
  const parsed = chunk.safeParse(frame);
  if (!parsed.success) throw unreadable();
  const first = parsed.data.choices?.[0];
  return {
    text: first?.delta?.content ?? '',
    finishReason: readFinishReason(first?.finish_reason),
    usage: readUsage(parsed.data.usage),
  };
}

/** Endpoints invent reasons of their own; each of them says that the answer has ended. */
function readFinishReason(reason: string | null | undefined): FinishReason | undefined {
  if (!reason) return undefined;
  return Object.hasOwn(FINISH_REASONS, reason) ? FINISH_REASONS[reason] : 'stop';
}

function readUsage(counted: z.output<typeof usage>): TokenUsage | undefined {
  if (!counted) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = counted;
  return { promptTokens, completionTokens, isEstimated: false };
}
