import type { ChatEvent, FinishReason, ModelUse, ToolCall } from '../chat-model.ts';
import { cutOff } from '../providers/endpoint-failure.ts';

export type CollectedAnswer = {
  readonly model: string;
  readonly provider: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  /** By each model that gave a part of it. */
  readonly uses: readonly ModelUse[];
};

type Answerer = { readonly model: string; readonly provider: string };

/** Puts an answer together from its events; `answerer` is who answers where no event says so. */
export function createAnswerCollector(answerer: Answerer) {
  const calls: { id: string; name: string; arguments: string }[] = [];
  let chosen = answerer;
  let text = '';
  const uses: ModelUse[] = [];
  let finishReason: FinishReason | undefined;

  return {
    take(event: ChatEvent): void {
      switch (event.type) {
        case 'model-chosen':
          chosen = { model: event.model, provider: event.provider };
          uses.push(...(event.used ?? []));
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
          uses.push({ ...chosen, usage: event.usage });
          finishReason = event.reason;
      }
    },

    /** @throws external `upstream_cut` where the answer ended before it was whole */
    answer(): CollectedAnswer {
      if (!finishReason) throw cutOff();
      return { ...chosen, text, toolCalls: calls.filter(Boolean), uses, finishReason };
    },
  };
}
