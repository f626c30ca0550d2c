import type { TokenUsage } from '#modules/ai';
import type { AnswerEvent } from '#modules/chat';
import { readProjectModel } from '../project-model.ts';
import { presentCitation, presentUsage, type CompletionHead } from './present-completion.ts';

type Chunk = Readonly<Record<string, unknown>>;

/** Turns an answer's events into the chunks of OpenAI's stream, in the order they come. */
export function createChunkWriter(
  head: CompletionHead,
  { isUsageIncluded }: { readonly isUsageIncluded: boolean },
) {
  let { model } = head;
  const usages: TokenUsage[] = [];
  let length = 0;
  let hasBegun = false;

  function chunk(delta: object, finishReason: string | null = null): Chunk {
    return {
      ...head,
      object: 'chat.completion.chunk',
      model,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
      ...(isUsageIncluded && { usage: null }),
    };
  }

  function begin(): readonly Chunk[] {
    if (hasBegun) return [];
    hasBegun = true;
    return [chunk({ role: 'assistant', content: '', refusal: null })];
  }

  return function write(event: AnswerEvent): readonly Chunk[] {
    switch (event.type) {
      case 'model-chosen':
        usages.push(...(event.used ?? []).map(({ usage }) => usage));
        if (!readProjectModel(head.model)) model = event.model;
        return [];
      case 'text-delta':
        length += event.text.length;
        return [...begin(), chunk({ content: event.text })];
      case 'tool-call-delta': {
        const { index, id, name, arguments: piece } = event;
        const call = {
          index,
          ...(id !== undefined && { id, type: 'function' }),
          function: { ...(name !== undefined && { name }), arguments: piece },
        };
        return [...begin(), chunk({ tool_calls: [call] })];
      }
      case 'citation':
        return [chunk({ annotations: [presentCitation(event.citation, length)] })];
      case 'finish': {
        usages.push(event.usage);
        const end = [...begin(), chunk({}, event.reason)];
        if (!isUsageIncluded) return end;
        return [...end, { ...chunk({}), choices: [], usage: presentUsage(usages) }];
      }
    }
  };
}
