import { idOfName } from '#shared/ids';
import type { ProviderName } from '../providers/model-provider.ts';
import { BUILT_IN_MODELS } from './built-in-models.ts';
import { qualifiedName, type CatalogueModel } from './catalogue-model.ts';
import { usdToMicros, type ModelPrice } from './model-price.ts';
import { UNTOLD } from './overlay-models.ts';

/** The model of the settings; where its provider is undefined, none is set up. */
export type ConfiguredModel = {
  readonly provider: ProviderName | undefined;
  readonly name: string;
  /** Of the settings; where one is not given, the list price of its name. */
  readonly promptUsdPerMillionTokens?: number | undefined;
  readonly completionUsdPerMillionTokens?: number | undefined;
};

const DEAREST: ModelPrice = {
  promptMicrosPerMillion: highest('promptMicrosPerMillion'),
  cachedMicrosPerMillion: highest('cachedMicrosPerMillion'),
  completionMicrosPerMillion: highest('completionMicrosPerMillion'),
};

/** The models that are there without a row of a table: the built-in ones, and the one of the settings. */
export function listModels(configured: ConfiguredModel): readonly CatalogueModel[] {
  const { provider, name } = configured;
  if (!provider) return BUILT_IN_MODELS;
  const listed = BUILT_IN_MODELS.find(
    (model) => qualifiedName(model) === qualifiedName({ provider, name }),
  );
  // A model of the one provider is no model of the other, but a proxy may have every name.
  const isNameOfAnother = !listed && isClosed(provider) && findListPrice(name) !== undefined;
  if (isNameOfAnother) return BUILT_IN_MODELS;
  const model = listed ?? describeUntold({ provider, name });
  const priced = { ...model, isListed: true, price: priceConfigured(configured, model.price) };
  return [priced, ...BUILT_IN_MODELS.filter((each) => each !== listed)];
}

/** A model of which nobody said more than its name. */
export function describeUntold({
  provider,
  name,
}: Pick<CatalogueModel, 'provider' | 'name'>): CatalogueModel {
  return {
    ...UNTOLD,
    provider,
    name,
    source: 'custom',
    isEnabled: true,
    base: null,
    trafficShare: 0,
    id: idOfName(qualifiedName({ provider, name })),
    description: 'A language model behind the configured endpoint.',
    price: findListPrice(name) ?? UNTOLD.price,
    isListed: false,
    teamId: null,
  };
}

/** What a caller named and nobody listed costs as the dearest there is: no name passes by a limit in money. */
export function priceUnlisted(name: string): ModelPrice {
  return findListPrice(name) ?? DEAREST;
}

/** The list price of a model by its name, which a proxy may have put others before; undefined for one not listed. */
export function findListPrice(name: string): ModelPrice | undefined {
  const ownName = name.slice(name.lastIndexOf('/') + 1);
  const listed = BUILT_IN_MODELS.find((model) => model.name === ownName);
  return listed?.price;
}

function isClosed(provider: ProviderName): boolean {
  return provider === 'anthropic' || provider === 'gemini';
}

function priceConfigured(configured: ConfiguredModel, listed: ModelPrice): ModelPrice {
  const { promptUsdPerMillionTokens: prompt, completionUsdPerMillionTokens: completion } =
    configured;
  return {
    ...listed,
    ...(prompt !== undefined && {
      promptMicrosPerMillion: usdToMicros(prompt),
      cachedMicrosPerMillion: usdToMicros(prompt),
    }),
    ...(completion !== undefined && { completionMicrosPerMillion: usdToMicros(completion) }),
  };
}

function highest(member: keyof ModelPrice): number {
  return Math.max(...BUILT_IN_MODELS.map(({ price }) => price[member]));
}
