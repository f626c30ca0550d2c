/** Prices in millionths of a US dollar for a million tokens. */
export type ModelPrice = {
  readonly promptMicrosPerMillion: number;
  /** Of prompt tokens that the provider had in its cache. */
  readonly cachedMicrosPerMillion: number;
  readonly completionMicrosPerMillion: number;
};

type UsdPrice = {
  readonly promptUsd: number;
  /** As any prompt token where it is not given. */
  readonly cachedUsd?: number | undefined;
  readonly completionUsd: number;
};

export const FREE: ModelPrice = {
  promptMicrosPerMillion: 0,
  cachedMicrosPerMillion: 0,
  completionMicrosPerMillion: 0,
};

const MICROS_PER_USD = 1_000_000;

/** A price from US dollars for a million tokens. */
export function priceOf({ promptUsd, cachedUsd = promptUsd, completionUsd }: UsdPrice): ModelPrice {
  return {
    promptMicrosPerMillion: usdToMicros(promptUsd),
    cachedMicrosPerMillion: usdToMicros(cachedUsd),
    completionMicrosPerMillion: usdToMicros(completionUsd),
  };
}

export function usdToMicros(usd: number): number {
  return Math.round(usd * MICROS_PER_USD);
}

export function microsToUsd(micros: number): number {
  return micros / MICROS_PER_USD;
}
