import { ABILITIES, type Ability } from '../providers/abilities.ts';
import { qualifiedName, type CatalogueModel, type Complexity } from './catalogue-model.ts';
import { FREE } from './model-price.ts';

/** What a row of the table says; null in a member: as the built-in list has it. */
export type ModelOverlay = Pick<
  CatalogueModel,
  'id' | 'provider' | 'name' | 'source' | 'isEnabled' | 'base' | 'trafficShare' | 'teamId'
> & {
  readonly description: string | null;
  readonly contextTokens: number | null;
  readonly complexity: Complexity | null;
  readonly abilities: readonly Ability[] | null;
  readonly promptPriceMicros: number | null;
  readonly cachedPriceMicros: number | null;
  readonly completionPriceMicros: number | null;
};

const NOT_OF_CHAT: ReadonlySet<Ability> = new Set(['embeddings', 'moderations']);

/** What holds of a model of which nobody said it. */
export const UNTOLD = {
  contextTokens: 128_000,
  complexity: 'medium',
  abilities: ABILITIES.filter((ability) => !NOT_OF_CHAT.has(ability)),
  price: FREE,
} as const;

type Known = Pick<CatalogueModel, 'contextTokens' | 'complexity' | 'abilities' | 'price'> & {
  readonly description?: string;
};

/** The models that there are once the overlays are laid on the others: they change those of their name, or add to them. */
export function overlayModels(
  models: readonly CatalogueModel[],
  overlays: readonly ModelOverlay[],
): readonly CatalogueModel[] {
  if (overlays.length === 0) return models;
  const byName = new Map(models.map((model) => [qualifiedName(model), model]));
  for (const overlay of overlays) {
    byName.set(qualifiedName(overlay), overlayModel(models, overlay));
  }
  return [...byName.values()];
}

/** What an overlay does not say is as with the model of its name, else with the one that it was tuned from. */
export function overlayModel(
  models: readonly CatalogueModel[],
  overlay: ModelOverlay,
): CatalogueModel {
  const { id, provider, name, source, isEnabled, base, trafficShare, teamId } = overlay;
  const known = findKnown(models, overlay);
  return {
    id,
    provider,
    name,
    source,
    isEnabled,
    isListed: true,
    base,
    trafficShare,
    teamId,
    description: overlay.description ?? known.description ?? '',
    contextTokens: overlay.contextTokens ?? known.contextTokens,
    complexity: overlay.complexity ?? known.complexity,
    abilities: overlay.abilities ?? known.abilities,
    price: overlayPrice(known.price, overlay),
  };
}

function findKnown(models: readonly CatalogueModel[], overlay: ModelOverlay): Known {
  const name = qualifiedName(overlay);
  const listed = models.find((model) => qualifiedName(model) === name);
  if (listed) return listed;
  const { base } = overlay;
  const tuned = models.find((model) => model.name === base || qualifiedName(model) === base);
  return tuned ? { ...tuned, description: `Tuned from ${tuned.name}.` } : UNTOLD;
}

function overlayPrice(listed: CatalogueModel['price'], overlay: ModelOverlay) {
  const { promptPriceMicros, cachedPriceMicros, completionPriceMicros } = overlay;
  return {
    promptMicrosPerMillion: promptPriceMicros ?? listed.promptMicrosPerMillion,
    // A prompt price without one for cached tokens holds for both.
    cachedMicrosPerMillion: cachedPriceMicros ?? promptPriceMicros ?? listed.cachedMicrosPerMillion,
    completionMicrosPerMillion: completionPriceMicros ?? listed.completionMicrosPerMillion,
  };
}
