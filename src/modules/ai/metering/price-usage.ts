import type { TokenUsage } from '../chat-model.ts';
import type { ModelPrice } from '../catalogue/model-price.ts';

const TOKENS_PER_PRICE = 1_000_000;

/** Without cached tokens, none were in the provider's cache. */
export type PricedUsage = Pick<TokenUsage, 'promptTokens' | 'completionTokens' | 'cachedTokens'>;

/** What usage cost, in millionths of a US dollar. */
export function priceUsage(
  price: ModelPrice,
  { promptTokens, completionTokens, cachedTokens = 0 }: PricedUsage,
): number {
  const cached = Math.min(cachedTokens, promptTokens);
  const total =
    (promptTokens - cached) * price.promptMicrosPerMillion +
    cached * price.cachedMicrosPerMillion +
    completionTokens * price.completionMicrosPerMillion;
  return Math.round(total / TOKENS_PER_PRICE);
}

/** Turns millionths of a US dollar into millionths of the currency of which one dollar costs `currencyPerUsd`. */
export function toCurrency(usdMicros: number, currencyPerUsd: number): number {
  return Math.round(usdMicros * currencyPerUsd);
}
