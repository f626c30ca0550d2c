import type { ChatEvent, FinishReason, TokenUsage, ToolCall } from '../chat-model.ts';

export type CollectedAnswer = {
  readonly model: string;
  readonly provider: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
};

type Answerer = { readonly model: string; readonly provider: string };

/** Puts an answer together from its events; `answerer` is who answers where no event says so. */
export function createAnswerCollector(answerer: Answerer) {
  const calls: { id: string; name: string; arguments: string }[] = [];
  let chosen = answerer;
  let text = '';
  let end: Pick<CollectedAnswer, 'finishReason' | 'usage'> | undefined;

  return {
    take(event: ChatEvent): void {
      switch (event.type) {
        case 'model-chosen':
          chosen = { model: event.model, provider: event.provider };
          return;
        case 'text-delta':
          text += event.text;
          return;
        case 'tool-call-delta': {
          const call = (calls[event.index] ??= { id: '', name: '', arguments: '' });
          call.id ||= event.id ?? '';
          call.name ||= event.name ?? '';
          call.arguments += event.arguments;
          return;
        }
        case 'finish':
          end = { finishReason: event.reason, usage: event.usage };
      }
    },

    /** Undefined until the answer is whole. */
    answer(): CollectedAnswer | undefined {
      return end && { ...chosen, text, toolCalls: calls.filter(Boolean), ...end };
    },
  };
}
