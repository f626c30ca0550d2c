import type { TokenUsage } from '../chat-model.ts';

/** What an answer used, whoever gave its parts. */
export type SummedUsage = Required<Omit<TokenUsage, 'isEstimated'>>;

const NOTHING: SummedUsage = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
};

export function sumUsage(usages: readonly TokenUsage[]): SummedUsage {
  return usages.reduce<SummedUsage>(
    (sum, usage) => ({
      promptTokens: sum.promptTokens + usage.promptTokens,
      completionTokens: sum.completionTokens + usage.completionTokens,
      cachedTokens: sum.cachedTokens + (usage.cachedTokens ?? 0),
      reasoningTokens: sum.reasoningTokens + (usage.reasoningTokens ?? 0),
    }),
    NOTHING,
  );
}
