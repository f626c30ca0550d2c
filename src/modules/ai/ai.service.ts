import { invalid } from '#platform/errors/app-error';
import type { TeamId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { ChatModel, TokenUsage } from './chat-model.ts';
import type { EmbeddingModel } from './embedding-model.ts';
import type { ModelPrice } from './metering/model-prices.ts';
import { priceUsage } from './metering/price-usage.ts';
import type { Routes } from './resilience/create-routes.ts';

/** A model that is on offer, with what a person wants to know before choosing it. */
export type OfferedModel = {
  readonly chat: ChatModel;
  readonly price: ModelPrice;
  readonly description: string;
};

export type ModelListing = {
  readonly name: string;
  readonly provider: string;
  readonly description: string;
  readonly isDefault: boolean;
  readonly price: ModelPrice;
};

export type AiStatus = {
  readonly model: ModelListing;
  readonly embeddings: {
    readonly model: string;
    readonly provider: string;
    readonly dimensions: number;
  } | null;
  /** Settings that would add something, and what. */
  readonly hints: readonly { readonly setting: string; readonly gain: string }[];
};

export type ListModelsInput = PageRequest & {
  readonly sort: { readonly direction: 'asc' | 'desc' };
};

export type AiServiceDependencies = {
  /** Which of `models` answers where none is named. */
  readonly defaultModel: OfferedModel;
  readonly models: readonly OfferedModel[];
  /** Asked, in this order, where the model that was asked for fails. */
  readonly fallbacks: readonly OfferedModel[];
  readonly routes: Routes;
  readonly embedder: { readonly model: EmbeddingModel; readonly provider: string } | undefined;
};

export type AiService = ReturnType<typeof createAiService>;

export function createAiService(dependencies: AiServiceDependencies) {
  const { defaultModel, models, fallbacks, routes, embedder } = dependencies;
  const byName = new Map(models.map((model) => [model.chat.name, model]));
  const priced = new Map([...fallbacks, ...models].map((model) => [model.chat.name, model]));

  function describe(model: OfferedModel): ModelListing {
    const { chat, price, description } = model;
    const { name, provider } = chat;
    return { name, provider, description, price, isDefault: model === defaultModel };
  }

  return {
    /**
     * The model of that name, or the default one.
     * @throws VALIDATION_ERROR for a name that is not on offer to the team
     */
    async getChatModel(_teamId: TeamId, name?: string): Promise<ChatModel> {
      const model = name === undefined ? defaultModel : byName.get(name);
      if (!model) throw unknownModel(name ?? '', [...byName.keys()]);
      return routes.chain([model.chat, ...fallbacks.map(({ chat }) => chat)]);
    },

    /** Undefined where search is by words alone. */
    getEmbeddingModel: (): EmbeddingModel | undefined => embedder?.model,

    /** What usage of a model cost, in millionths of a US dollar; a model that is gone costs nothing. */
    costMicros(modelName: string, usage: TokenUsage): number {
      const model = priced.get(modelName);
      return model ? priceUsage(model.price, usage) : 0;
    },

    listModels({ sort, ...page }: ListModelsInput): Page<ModelListing> {
      const sign = sort.direction === 'asc' ? 1 : -1;
      const listings = models
        .map(describe)
        .toSorted((left, right) => sign * left.name.localeCompare(right.name));
      const start = pageOffset(page);
      const items = listings.slice(start, start + page.pageSize);
      return { ...page, items, total: listings.length };
    },

    getStatus(): AiStatus {
      const model = describe(defaultModel);
      return {
        model,
        embeddings: embedder
          ? {
              model: embedder.model.name,
              provider: embedder.provider,
              dimensions: embedder.model.dimensions,
            }
          : null,
        hints: hintsFor({
          hasEndpoint: model.provider !== 'builtin',
          hasEmbedder: embedder !== undefined,
        }),
      };
    },
  };
}

function hintsFor({ hasEndpoint, hasEmbedder }: { hasEndpoint: boolean; hasEmbedder: boolean }) {
  return [
    ...(hasEndpoint
      ? []
      : [{ setting: 'LLM_API_KEY or LLM_BASE_URL', gain: 'a language model writes the answers' }]),
    ...(hasEmbedder
      ? []
      : [{ setting: 'EMBEDDING_PROVIDER', gain: 'search finds passages by meaning as well' }]),
  ];
}

function unknownModel(name: string, offered: readonly string[]) {
  const message = `No model "${name}"; there are: ${offered.join(', ')}`;
  return invalid([{ field: 'model', message }], 'model.unknown');
}
