import type { ChatModel, ModelUse } from '#modules/ai';
import type { ReplayedPart } from './replay-answer.ts';

export type PartEstimate = {
  /** Who speaks where a part has no name. */
  readonly asked: Pick<ChatModel, 'name' | 'provider'>;
  readonly promptTokens: number;
  readonly countTokens: (text: string) => number;
};

/** What a part of a lost answer is billed for: nobody else counts it any more. */
export function estimateUse(
  { model, provider, content }: ReplayedPart,
  { asked, promptTokens, countTokens }: PartEstimate,
): ModelUse {
  return {
    model: model ?? asked.name,
    provider: provider ?? asked.provider,
    usage: { promptTokens, completionTokens: countTokens(content), isEstimated: true },
  };
}
