import type { z } from 'zod';
import { sumUsage, type ModelUse, type TokenUsage, type ToolCall } from '#modules/ai';
import type { AnswerEvent } from '#modules/chat';
import type { ChatCompletionResponse, OpenAiUsage } from './chat-completions.schemas.ts';

export type CompletionHead = {
  readonly id: string;
  readonly created: number;
  readonly model: string;
};

export type CompletedAnswer = {
  readonly model: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly annotations: readonly Annotation[];
  readonly finishReason: Extract<AnswerEvent, { readonly type: 'finish' }>['reason'];
  readonly uses: readonly ModelUse[];
};

export type Annotation = ReturnType<typeof presentCitation>;

type Citation = Extract<AnswerEvent, { readonly type: 'citation' }>['citation'];

/** `index` is how long the answer was when the citation was complete. */
export function presentCitation(citation: Citation, index: number) {
  return {
    type: 'file_citation' as const,
    file_citation: {
      file_id: citation.documentId,
      filename: citation.documentTitle,
      index,
      quote: citation.quote,
      page: citation.page,
      start_offset: citation.startOffset,
      end_offset: citation.endOffset,
    },
  };
}

/** What all the models used that gave a part of an answer. */
export function presentUsage(usages: readonly TokenUsage[]): z.input<typeof OpenAiUsage> {
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = sumUsage(usages);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

export function presentCompletion(
  { id, created }: CompletionHead,
  answer: CompletedAnswer,
): z.input<typeof ChatCompletionResponse> {
  const { model, text, toolCalls, annotations, finishReason, uses } = answer;
  const calls = toolCalls.map(({ id: callId, ...call }) => ({
    id: callId,
    type: 'function' as const,
    function: call,
  }));
  const message = {
    role: 'assistant' as const,
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    annotations: [...annotations],
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, finish_reason: finishReason, logprobs: null }],
    usage: presentUsage(uses.map(({ usage }) => usage)),
  };
}
