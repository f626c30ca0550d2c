import type { ModelId, TeamId } from '#shared/ids';
import type { Ability } from '../providers/abilities.ts';
import type { ProviderName } from '../providers/model-provider.ts';
import type { ModelPrice } from './model-price.ts';

/** How demanding a request is, and up to which demands a model is good. */
export const COMPLEXITIES = ['small', 'medium', 'large'] as const;

export type Complexity = (typeof COMPLEXITIES)[number];

export const MODEL_SOURCES = ['built_in', 'custom', 'fine_tuned'] as const;

export type ModelSource = (typeof MODEL_SOURCES)[number];

/** What is known of a model before it is called. */
export type CatalogueModel = {
  readonly id: ModelId;
  readonly provider: ProviderName;
  readonly name: string;
  readonly description: string;
  readonly source: ModelSource;
  readonly isEnabled: boolean;
  /** False for one that was asked for by name, and of which nobody told more. */
  readonly isListed: boolean;
  readonly contextTokens: number;
  readonly complexity: Complexity;
  readonly abilities: readonly Ability[];
  readonly price: ModelPrice;
  /** The model whose requests go to this one, by the share. */
  readonly base: string | null;
  /** From zero to one. */
  readonly trafficShare: number;
  /** Null for a model that is there for every team. */
  readonly teamId: TeamId | null;
};

/** The name that one model alone has. */
export function qualifiedName({
  provider,
  name,
}: Pick<CatalogueModel, 'provider' | 'name'>): string {
  return `${provider}/${name}`;
}

export function isChatModel({ abilities }: Pick<CatalogueModel, 'abilities'>): boolean {
  return !abilities.includes('embeddings');
}
