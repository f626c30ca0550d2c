import { newId } from '#shared/ids';
import type { CatalogueModel } from '../catalogue/catalogue-model.ts';
import { FREE, priceOf } from '../catalogue/model-price.ts';
import type { ModelOverlay } from '../catalogue/overlay-models.ts';

export function buildModel(name: string, changes: Partial<CatalogueModel> = {}): CatalogueModel {
  return {
    id: newId(),
    provider: 'openai',
    name,
    description: '',
    source: 'built_in',
    isEnabled: true,
    isListed: true,
    contextTokens: 100_000,
    complexity: 'small',
    abilities: ['tools'],
    price: FREE,
    base: null,
    trafficShare: 0,
    teamId: null,
    ...changes,
  };
}

export const costing = (usd: number) => priceOf({ promptUsd: usd, completionUsd: usd });

/** A row that says nothing but its name. */
export function buildOverlay(name: string, changes: Partial<ModelOverlay> = {}): ModelOverlay {
  return {
    id: newId(),
    provider: 'openai',
    name,
    source: 'custom',
    isEnabled: true,
    description: null,
    contextTokens: null,
    complexity: null,
    abilities: null,
    promptPriceMicros: null,
    cachedPriceMicros: null,
    completionPriceMicros: null,
    base: null,
    trafficShare: 0,
    teamId: null,
    ...changes,
  };
}
