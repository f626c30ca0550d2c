import type { ChatModel, TokenUsage } from '#modules/ai';

/** Dollars become the configured currency here, once; the rate is kept beside every amount. */
export type CurrencySettings = { readonly currency: string; readonly currencyPerUsd: number };

export type MeteredUsage = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Of the prompt tokens. */
  readonly cachedTokens: number;
  /** Of the completion tokens. */
  readonly reasoningTokens: number;
  readonly isUsageEstimated: boolean;
  readonly costMicros: number;
  readonly costUsdRate: number;
  readonly currency: string;
};

export type MeterUsage = (model: Pick<ChatModel, 'name'>, usage: TokenUsage) => MeteredUsage;

/** What usage cost, in millionths of a US dollar. */
export type PriceUsage = (modelName: string, usage: TokenUsage) => number;

export function createMeterUsage(
  usdMicrosOf: PriceUsage,
  { currency, currencyPerUsd }: CurrencySettings,
): MeterUsage {
  return (model, usage) => ({
    promptTokens: usage.promptTokens,
    completionTokens: usage.completionTokens,
    cachedTokens: usage.cachedTokens ?? 0,
    reasoningTokens: usage.reasoningTokens ?? 0,
    isUsageEstimated: usage.isEstimated,
    costMicros: Math.round(usdMicrosOf(model.name, usage) * currencyPerUsd),
    costUsdRate: currencyPerUsd,
    currency,
  });
}
