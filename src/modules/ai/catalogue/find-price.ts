import type { TeamId } from '#shared/ids';
import { findListPrice, priceUnlisted } from './list-models.ts';
import { FREE, type ModelPrice } from './model-price.ts';
import type { TeamCatalogue } from './team-catalogue.ts';

/** Which model a team used. */
export type UsedModel = {
  readonly teamId: TeamId;
  readonly name: string;
  /** Undefined where nobody remembers. */
  readonly provider?: string | undefined;
};

/** What a model costs; one that nobody remembers costs nothing. */
export function findPrice(
  { find }: Pick<TeamCatalogue, 'find'>,
  { name, provider }: Omit<UsedModel, 'teamId'>,
): ModelPrice {
  const model = provider === undefined ? find(name) : find(`${provider}/${name}`);
  if (model) return model.price;
  const mayBeUnlisted = provider === 'litellm' || provider === 'openai';
  return mayBeUnlisted ? priceUnlisted(name) : (findListPrice(name) ?? FREE);
}
