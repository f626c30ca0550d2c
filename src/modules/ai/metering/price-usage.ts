import type { TokenUsage } from '../chat-model.ts';
import type { ModelPrice } from './model-prices.ts';

const TOKENS_PER_PRICE = 1_000_000;

/** What usage cost, in millionths of a US dollar. */
export function priceUsage(
  price: ModelPrice,
  usage: Pick<TokenUsage, 'promptTokens' | 'completionTokens'>,
): number {
  const prompt = usage.promptTokens * price.promptMicrosPerMillion;
  const completion = usage.completionTokens * price.completionMicrosPerMillion;
  return Math.round((prompt + completion) / TOKENS_PER_PRICE);
}

/** Turns millionths of a US dollar into millionths of the currency of which one dollar costs `currencyPerUsd`. */
export function toCurrency(usdMicros: number, currencyPerUsd: number): number {
  return Math.round(usdMicros * currencyPerUsd);
}
