import type { CatalogueModel, Complexity } from '../catalogue/catalogue-model.ts';
import { COMPLEXITIES } from '../catalogue/catalogue-model.ts';
import { priceUsage } from '../metering/price-usage.ts';
import type { Ability } from '../providers/abilities.ts';

/** What a request asks of whoever answers it. */
export type Demand = {
  readonly complexity: Complexity;
  readonly abilities: readonly Ability[];
  readonly promptTokens: number;
  /** The most that the answer may have. */
  readonly maxTokens: number;
};

/** What is known of a model at this moment. */
export type RatedModel = {
  readonly model: CatalogueModel;
  readonly isAvailable: boolean;
  readonly isFailing: boolean;
  readonly firstTokenMs: number | undefined;
};

export type RankedModel = RatedModel & {
  /** Millionths of a US dollar. */
  readonly estimatedMicros: number;
  /** Why it is not asked; empty for one that is. */
  readonly whyNot: readonly string[];
};

/** What answers usually have, by what is asked. */
const USUAL_ANSWER_TOKENS: Readonly<Record<Complexity, number>> = {
  small: 200,
  medium: 600,
  large: 1500,
};
/** A model that nobody has heard of late is taken for one of usual speed. */
const USUAL_FIRST_TOKEN_MS = 800;
/** So much waiting for the first token is worth as much as the whole price again. */
const DOUBLING_WAIT_MS = 4000;
/** Makes waiting count for models that cost nothing. */
const LEAST_MICROS = 10;

/**
 * The models in the order in which they should be asked, then those that cannot be. The smallest class that is good
 * enough comes first, then the greater ones, then those that are too small; within a class the cheaper, where
 * slowness makes dearer. The built-in model, which only quotes, comes last.
 */
export function rankModels(models: readonly RatedModel[], demand: Demand): readonly RankedModel[] {
  return models
    .map((rated) => ({
      ...rated,
      estimatedMicros: estimateMicros(rated.model, demand),
      whyNot: findObstacles(rated, demand),
    }))
    .toSorted(
      (left, right) =>
        Number(left.whyNot.length > 0) - Number(right.whyNot.length > 0) ||
        misfit(left.model, demand) - misfit(right.model, demand) ||
        weight(left) - weight(right),
    );
}

/** The best, then the best of every other provider, then the rest: where a provider fails, its other models fail too. */
export function spreadOverProviders<Item extends { readonly model: CatalogueModel }>(
  ranked: readonly Item[],
): readonly Item[] {
  const seen = new Set<string>();
  const isFirstOfProvider = ({ model }: Item) => {
    const isFirst = !seen.has(model.provider);
    seen.add(model.provider);
    return isFirst;
  };
  const firsts = ranked.filter(isFirstOfProvider);
  return [...firsts, ...ranked.filter((item) => !firsts.includes(item))];
}

function findObstacles(
  { model, isAvailable, isFailing }: RatedModel,
  { abilities, promptTokens, maxTokens }: Demand,
): readonly string[] {
  const missing = abilities.filter((ability) => !model.abilities.includes(ability));
  const needed = promptTokens + maxTokens;
  return [
    ...(isAvailable ? [] : ['its provider is not set up, or it is disabled']),
    ...(isFailing ? ['it fails at the moment'] : []),
    ...missing.map((ability) => `it has not the ability "${ability}"`),
    ...(needed > model.contextTokens ? [`its context has fewer than ${needed} tokens`] : []),
  ];
}

function misfit({ complexity, provider }: CatalogueModel, demand: Demand): number {
  if (provider === 'builtin') return 2 * COMPLEXITIES.length;
  const surplus = COMPLEXITIES.indexOf(complexity) - COMPLEXITIES.indexOf(demand.complexity);
  return surplus >= 0 ? surplus : COMPLEXITIES.length - surplus;
}

function estimateMicros({ price }: CatalogueModel, demand: Demand): number {
  const { promptTokens, maxTokens, complexity } = demand;
  const completionTokens = Math.min(maxTokens, USUAL_ANSWER_TOKENS[complexity]);
  return priceUsage(price, { promptTokens, completionTokens });
}

function weight({
  estimatedMicros,
  firstTokenMs = USUAL_FIRST_TOKEN_MS,
}: Pick<RankedModel, 'estimatedMicros' | 'firstTokenMs'>): number {
  return (estimatedMicros + LEAST_MICROS) * (1 + firstTokenMs / DOUBLING_WAIT_MS);
}
