import { z } from 'zod';
import type { FinishReason, TokenUsage } from '../../chat-model.ts';
import type { AnswerPart, ReadFrame } from '../answer-part.ts';
import { unreadable } from '../endpoint-failure.ts';
import { createBlockReader } from './read-block.ts';

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
  tool_use: 'tool_calls',
};

const tokenCount = z.number().int().nonnegative().nullish().catch(undefined);
const usage = z
  .object({
    input_tokens: tokenCount,
    output_tokens: tokenCount,
    cache_creation_input_tokens: tokenCount,
    cache_read_input_tokens: tokenCount,
    output_tokens_details: z.object({ thinking_tokens: tokenCount }).nullish().catch(undefined),
  })
  .nullish()
  .catch(undefined);
const known = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: z.object({ usage }) }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage,
  }),
]);
const event = z.object({ type: z.string() });
const WHOLE_MESSAGE = new Set(['message_start', 'message_delta']);

type WireUsage = NonNullable<z.output<typeof usage>>;

/** Reads the events of one answer. With `isJsonByTool` the input of its only tool is the text. */
export function createEventReader({ isJsonByTool }: { isJsonByTool: boolean }): ReadFrame {
  const readBlock = createBlockReader({ isJsonByTool });
  let counted: WireUsage = {};

  return (frame): AnswerPart => {
    const { success, data } = event.safeParse(frame);
    if (!success) throw unreadable();
    if (!WHOLE_MESSAGE.has(data.type)) return readBlock(frame);
    const parsed = known.safeParse(frame);
    if (!parsed.success) throw unreadable();
    const message = parsed.data;
    if (message.type === 'message_start') {
      counted = { ...message.message.usage };
      return {};
    }
    counted = { ...counted, ...withoutGaps(message.usage ?? {}) };
    const reason = readFinishReason(message.delta.stop_reason);
    return {
      finishReason: isJsonByTool && reason === 'tool_calls' ? 'stop' : reason,
      usage: toUsage(counted),
    };
  };
}

function readFinishReason(reason: string | null | undefined): FinishReason | undefined {
  if (!reason) return undefined;
  return Object.hasOwn(FINISH_REASONS, reason) ? FINISH_REASONS[reason] : 'stop';
}

/** The last event tells anew only some of the figures. */
function withoutGaps(counted: WireUsage): WireUsage {
  return Object.fromEntries(
    Object.entries(counted).filter(([, value]) => value !== null && value !== undefined),
  );
}

function toUsage(counted: WireUsage): TokenUsage | undefined {
  const { input_tokens: fresh, output_tokens: completionTokens } = counted;
  if (typeof fresh !== 'number' || typeof completionTokens !== 'number') return undefined;
  const cached = counted.cache_read_input_tokens;
  const thought = counted.output_tokens_details?.thinking_tokens;
  return {
    promptTokens: fresh + (cached ?? 0) + (counted.cache_creation_input_tokens ?? 0),
    completionTokens,
    ...(typeof cached === 'number' && { cachedTokens: cached }),
    ...(typeof thought === 'number' && { reasoningTokens: thought }),
    isEstimated: false,
  };
}
