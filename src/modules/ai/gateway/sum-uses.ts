import type { ModelUse } from '../chat-model.ts';

/** What an answer used, whoever gave its parts. */
export type SummedUse = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  /** Millionths of the configured currency. */
  readonly costMicros: number;
};

const NOTHING: SummedUse = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  costMicros: 0,
};

/** Each use is rounded by itself, as it is billed. */
export function sumUses(
  uses: readonly ModelUse[],
  priceUse: (use: ModelUse) => number = () => 0,
): SummedUse {
  return uses.reduce(
    (sum, use) => ({
      promptTokens: sum.promptTokens + use.usage.promptTokens,
      completionTokens: sum.completionTokens + use.usage.completionTokens,
      cachedTokens: sum.cachedTokens + (use.usage.cachedTokens ?? 0),
      reasoningTokens: sum.reasoningTokens + (use.usage.reasoningTokens ?? 0),
      costMicros: sum.costMicros + priceUse(use),
    }),
    NOTHING,
  );
}
