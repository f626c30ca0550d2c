import { randomUUID } from 'node:crypto';
import { sumUsage, type FinishReason, type TokenUsage } from '#modules/ai';
import type { AnswerEvent } from '#modules/chat';
import { readProjectModel } from '../project-model.ts';
import { createItemWriter, type WireEvent } from './item-writer.ts';
import type { ResponseView } from './response.schemas.ts';

export type ResponseEvent = WireEvent & { readonly sequence_number: number };

export type ResponseFailure = NonNullable<ResponseView['error']>;

export type ResponseWriter = ReturnType<typeof createResponseWriter>;

const INCOMPLETE = { length: 'max_output_tokens', content_filter: 'content_filter' } as const;

/** Turns an answer's events into those of OpenAI's stream, and keeps the response that they amount to. */
export function createResponseWriter(
  begun: ResponseView,
  { query, completedSeconds }: { readonly query?: string | undefined; completedSeconds(): number },
) {
  const items = createItemWriter();
  const isOfProject = readProjectModel(begun.model) !== undefined;
  const usages: TokenUsage[] = [];
  let response = begun;
  let sequence = 0;

  const number = (events: readonly WireEvent[]): readonly ResponseEvent[] =>
    events.map((event) => ({ ...event, sequence_number: sequence++ }));

  function snapshot(type: string): WireEvent {
    return { type, response: { ...response, output: items.output() } };
  }

  function finish(reason: FinishReason): readonly WireEvent[] {
    const cut = reason === 'length' || reason === 'content_filter' ? INCOMPLETE[reason] : undefined;
    const status = cut ? 'incomplete' : 'completed';
    const closing = items.close(status);
    response = {
      ...response,
      status,
      usage: presentUsage(usages),
      completed_at: cut ? null : completedSeconds(),
      incomplete_details: cut ? { reason: cut } : null,
    };
    return [...closing, snapshot(`response.${status}`)];
  }

  function write(event: AnswerEvent): readonly WireEvent[] {
    switch (event.type) {
      case 'model-chosen':
        usages.push(...(event.used ?? []).map(({ usage }) => usage));
        if (!isOfProject) response = { ...response, model: event.model };
        return [];
      case 'text-delta':
        return items.addText(event.text);
      case 'citation':
        return items.cite(event.citation);
      case 'tool-call-delta':
        return items.addCall(event);
      case 'finish':
        usages.push(event.usage);
        return finish(event.reason);
    }
  }

  return {
    begin: () =>
      number([
        snapshot('response.created'),
        snapshot('response.in_progress'),
        ...(query === undefined ? [] : items.addSearch(`fs_${randomUUID()}`, query)),
      ]),
    write: (event: AnswerEvent) => number(write(event)),

    /** The end of an answer that cannot go on; what was said of it stays. */
    fail(error: ResponseFailure): ResponseEvent {
      items.close('incomplete');
      response = { ...response, status: 'failed', error };
      return { ...snapshot('response.failed'), sequence_number: sequence };
    },

    response: (): ResponseView => ({ ...response, output: [...items.output()] }),
  };
}

/** What all the models used that gave a part of the answer. */
function presentUsage(usages: readonly TokenUsage[]): NonNullable<ResponseView['usage']> {
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = sumUsage(usages);
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  };
}
