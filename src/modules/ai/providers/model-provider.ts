import type { ChatModel } from '../chat-model.ts';
import type { EmbeddingModel } from '../embedding-model.ts';
import type { Ability } from './abilities.ts';
import type { Moderate } from './moderation.ts';

export type ProviderName = 'builtin' | 'openai' | 'anthropic' | 'gemini' | 'litellm';

/** One kind of endpoint; makes the models behind it. */
export interface ModelProvider {
  readonly name: ProviderName;
  /** What its protocol can carry; a single model may be able to do less. */
  readonly abilities: ReadonlySet<Ability>;
  createChatModel(model: string): ChatModel;
  createEmbeddingModel?(model: string, dimensions: number): EmbeddingModel;
  readonly moderate?: Moderate;
}

export type Connection = {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
};

/** Asked at each call, since the team that calls may have a key of its own. */
export type GetConnection = () => Promise<Connection>;
