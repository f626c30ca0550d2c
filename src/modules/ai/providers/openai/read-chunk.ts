import { z } from 'zod';
import type { FinishReason, TokenUsage } from '../../chat-model.ts';
import type { AnswerPart, ReadFrame, ToolCallPiece } from '../answer-part.ts';
import { unreadable } from '../endpoint-failure.ts';
import { makeToolCallId } from '../tool-call-id.ts';

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
};

const toolCall = z.object({
  index: z.number().int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});
const delta = z.object({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
});
const choice = z.object({ delta: delta.nullish(), finish_reason: z.string().nullish() });
const tokenCount = z.number().int().nonnegative();
const detail = tokenCount.nullish().catch(undefined);
// A figure that makes no sense is as good as none: ours is counted instead.
const usage = z
  .object({
    prompt_tokens: tokenCount,
    completion_tokens: tokenCount,
    prompt_tokens_details: z.object({ cached_tokens: detail }).nullish().catch(undefined),
    completion_tokens_details: z.object({ reasoning_tokens: detail }).nullish().catch(undefined),
  })
  .nullish()
  .catch(undefined);
// Frames without choices exist: the one with the usage, and the first one of some endpoints.
const chunk = z.object({ choices: z.array(choice).nullish(), usage, error: z.null().optional() });

type WireToolCall = z.output<typeof toolCall>;

/** Reads the frames of one answer, whatever else is in them. */
export function createChunkReader(): ReadFrame {
  const readToolCall = createToolCallReader();
  let isRefusal = false;

  return (frame): AnswerPart => {
    const text = isRefusal ? undefined : readPlainText(frame);
    if (text !== undefined) return { text };
    const parsed = chunk.safeParse(frame);
    if (!parsed.success) throw unreadable();
    const { delta: said, finish_reason: reason } = parsed.data.choices?.[0] ?? {};
    const { content, refusal, tool_calls: calls } = said ?? {};
    isRefusal ||= Boolean(refusal);
    return {
      text: content || refusal || undefined,
      toolCalls: calls?.map(readToolCall) ?? [],
      finishReason: reason && isRefusal ? 'content_filter' : readFinishReason(reason),
      usage: readUsage(parsed.data.usage),
    };
  };
}

/** The words of a frame that says nothing else, as nearly all do: looked at by hand, since there are so many. */
function readPlainText(frame: unknown): string | undefined {
  if (!isObject(frame) || frame['usage'] || frame['error'] || !Array.isArray(frame['choices'])) {
    return undefined;
  }
  const first: unknown = frame['choices'][0];
  if (!isObject(first) || first['finish_reason'] || !isObject(first['delta'])) return undefined;
  const { content, refusal, tool_calls: calls } = first['delta'];
  return typeof content === 'string' && content !== '' && !refusal && !calls ? content : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Some endpoints leave out the index or the id of a call, or repeat id and name on each piece. */
function createToolCallReader(): (call: WireToolCall) => ToolCallPiece {
  const indexes = new Map<string | number, number>();
  let last: string | number = 0;

  return ({ index: wireIndex, id, function: called }) => {
    const key = wireIndex ?? (id || last);
    last = key;
    const input = called?.arguments ?? '';
    const known = indexes.get(key);
    if (known !== undefined) return { index: known, arguments: input };
    if (!called?.name) throw unreadable();
    const index = indexes.size;
    indexes.set(key, index);
    return { index, id: id || makeToolCallId(), name: called.name, arguments: input };
  };
}

/** Endpoints invent reasons of their own; each of them says that the answer has ended. */
function readFinishReason(reason: string | null | undefined): FinishReason | undefined {
  if (!reason) return undefined;
  return Object.hasOwn(FINISH_REASONS, reason) ? FINISH_REASONS[reason] : 'stop';
}

function readUsage(counted: z.output<typeof usage>): TokenUsage | undefined {
  if (!counted) return undefined;
  const cachedTokens = counted.prompt_tokens_details?.cached_tokens;
  const reasoningTokens = counted.completion_tokens_details?.reasoning_tokens;
  return {
    promptTokens: counted.prompt_tokens,
    completionTokens: counted.completion_tokens,
    ...(typeof cachedTokens === 'number' && { cachedTokens }),
    ...(typeof reasoningTokens === 'number' && { reasoningTokens }),
    isEstimated: false,
  };
}
