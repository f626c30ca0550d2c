/** Prices in millionths of a US dollar for a million tokens. */
export type ModelPrice = {
  readonly promptMicrosPerMillion: number;
  readonly completionMicrosPerMillion: number;
};

export const FREE: ModelPrice = { promptMicrosPerMillion: 0, completionMicrosPerMillion: 0 };

const MICROS_PER_USD = 1_000_000;
// OpenAI writes a snapshot's date behind the name of the model that it is priced as.
const SNAPSHOT_DATE = /-\d{4}-\d{2}-\d{2}$/;

/** OpenAI's list prices in US dollars for a million tokens: prompt, completion. */
const USD_PER_MILLION: Readonly<Record<string, readonly [prompt: number, completion: number]>> = {
  'gpt-4o': [2.5, 10],
  'gpt-4o-mini': [0.15, 0.6],
  'gpt-4.1': [2, 8],
  'gpt-4.1-mini': [0.4, 1.6],
  'gpt-4.1-nano': [0.1, 0.4],
  'gpt-5': [1.25, 10],
  'gpt-5-mini': [0.25, 2],
  'gpt-5-nano': [0.05, 0.4],
  o3: [2, 8],
  'o4-mini': [1.1, 4.4],
  'text-embedding-3-small': [0.02, 0],
  'text-embedding-3-large': [0.13, 0],
};

/** The list price of a model by its name; undefined for one that is not on the list. */
export function findListPrice(modelName: string): ModelPrice | undefined {
  const name = modelName.replace(SNAPSHOT_DATE, '');
  const prices = Object.hasOwn(USD_PER_MILLION, name) ? USD_PER_MILLION[name] : undefined;
  return prices && priceOf({ promptUsd: prices[0], completionUsd: prices[1] });
}

/** A price from US dollars for a million tokens. */
export function priceOf(price: { promptUsd: number; completionUsd: number }): ModelPrice {
  return {
    promptMicrosPerMillion: Math.round(price.promptUsd * MICROS_PER_USD),
    completionMicrosPerMillion: Math.round(price.completionUsd * MICROS_PER_USD),
  };
}
