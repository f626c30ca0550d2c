import type { ChatModel } from '../chat-model.ts';
import type { EmbeddingModel } from '../embedding-model.ts';
import type { Ability } from './abilities.ts';
import type { Moderate } from './moderation.ts';

export const PROVIDER_NAMES = ['builtin', 'openai', 'anthropic', 'gemini', 'litellm'] as const;

export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** One kind of endpoint; makes the models behind it. */
export interface ModelProvider {
  readonly name: ProviderName;
  /** What its protocol can carry; a single model may be able to do less. */
  readonly abilities: ReadonlySet<Ability>;
  createChatModel(model: string): ChatModel;
  createEmbeddingModel?(model: string, dimensions: number): EmbeddingModel;
  readonly moderate?: Moderate;
}

/** Where a provider is called, and as whom. */
export type Connection = {
  readonly apiKey: string | undefined;
  /** The provider's own where it is not said. */
  readonly baseUrl: string | undefined;
  /** Set where somebody else than the operator chose the address: it reaches public hosts only. */
  readonly fetch?: typeof globalThis.fetch;
};

/** Asked at each call, since the team that calls may have a key of its own. */
export type GetConnection = () => Promise<Connection>;
