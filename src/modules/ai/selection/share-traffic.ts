import { hash } from 'node:crypto';
import { qualifiedName, type CatalogueModel } from '../catalogue/catalogue-model.ts';

/** From zero to below one. */
export type Draw = () => number;

/**
 * The model that a request for `model` goes to: one that was tuned from it, by its share of the traffic, or itself.
 * `variants` that share more than everything share it in their order.
 */
export function shareTraffic(
  model: CatalogueModel,
  variants: readonly CatalogueModel[],
  draw: Draw,
): CatalogueModel {
  if (variants.length === 0) return model;
  const drawn = draw();
  let shared = 0;
  for (const variant of variants) {
    shared += variant.trafficShare;
    if (drawn < shared) return variant;
  }
  return model;
}

export function isVariantOf(model: CatalogueModel): (other: CatalogueModel) => boolean {
  const names = new Set([model.name, qualifiedName(model)]);
  return ({ base, trafficShare }) => base !== null && trafficShare > 0 && names.has(base);
}

const SPREAD_BYTES = 6;

/** The same for the same key, and spread evenly over keys. */
export function drawFor(key: string): number {
  const digest = hash('sha256', key, 'buffer');
  return digest.readUIntBE(0, SPREAD_BYTES) / 2 ** (SPREAD_BYTES * 8);
}
