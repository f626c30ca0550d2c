import { notFound } from '#platform/errors/app-error';
import type { TeamId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { UsedModel } from './catalogue/find-price.ts';
import { findPrice } from './catalogue/find-price.ts';
import type { CatalogueModel } from './catalogue/catalogue-model.ts';
import type { ModelCatalogue } from './catalogue/model-catalogue.service.ts';
import type { ChatRequest } from './chat-model.ts';
import type { EmbeddingModel } from './embedding-model.ts';
import { priceUsage, type PricedUsage } from './metering/price-usage.ts';
import type { ProviderName } from './providers/model-provider.ts';
import type { DecideRoute, RouteDecision } from './routing/decide-route.ts';
import type { ModelHealth } from './routing/model-health.ts';
import type { GetChatModel } from './selection/get-chat-model.ts';
import type { FindTeamModels, TeamModels } from './selection/team-models.service.ts';

/** A model as a team sees it before choosing. */
export type ModelListing = CatalogueModel & {
  /** Answers where no model is named. */
  readonly isDefault: boolean;
  /** Whether the team can use it now. */
  readonly isAvailable: boolean;
};

export type ProviderStatus = {
  readonly name: ProviderName;
  readonly isConfigured: boolean;
  /** Whether the team calls it with a key of its own. */
  readonly hasOwnKey: boolean;
  /** The models that calls are kept away from at the moment. */
  readonly failingModels: readonly string[];
};

export type AiStatus = {
  readonly model: ModelListing;
  readonly embeddings: {
    readonly model: string;
    readonly provider: string;
    readonly dimensions: number;
  } | null;
  readonly providers: readonly ProviderStatus[];
  /** Settings that would add something, and what. */
  readonly hints: readonly { readonly setting: string; readonly gain: string }[];
};

export type ListModelsInput = PageRequest & {
  readonly provider?: ProviderName | undefined;
  readonly isAvailable?: boolean | undefined;
  readonly sort: { readonly direction: 'asc' | 'desc' };
};

export type AiServiceDependencies = {
  readonly catalogue: Pick<ModelCatalogue, 'asLastRead'>;
  readonly findTeamModels: FindTeamModels;
  readonly getChatModel: GetChatModel;
  readonly decideRoute: DecideRoute;
  readonly health: ModelHealth;
  readonly providers: readonly ProviderName[];
  readonly embedder: { readonly model: EmbeddingModel; readonly provider: string } | undefined;
};

export type AiService = ReturnType<typeof createAiService>;

export function createAiService(dependencies: AiServiceDependencies) {
  const { catalogue, findTeamModels, getChatModel, decideRoute, embedder } = dependencies;

  return {
    /**
     * The model of that name, the one that fits each request for `auto`, or the default one.
     * @throws VALIDATION_ERROR `model.unknown` for a name that is not on offer to the team
     */
    getChatModel,

    /** Undefined where search is by words alone. */
    getEmbeddingModel: (): EmbeddingModel | undefined => embedder?.model,

    /** What usage of a model cost, in millionths of a US dollar; a model that is gone costs nothing. */
    costMicros(model: UsedModel, usage: PricedUsage): number {
      return priceUsage(findPrice(catalogue.asLastRead(model.teamId), model), usage);
    },

    async listModels(teamId: TeamId, input: ListModelsInput): Promise<Page<ModelListing>> {
      const { provider, isAvailable, sort, page, pageSize } = input;
      const sign = sort.direction === 'asc' ? 1 : -1;
      const listings = describeModels(await findTeamModels(teamId))
        .filter((model) => provider === undefined || model.provider === provider)
        .filter((model) => isAvailable === undefined || model.isAvailable === isAvailable)
        .toSorted((left, right) => sign * left.name.localeCompare(right.name));
      const start = pageOffset(input);
      const items = listings.slice(start, start + pageSize);
      return { items, total: listings.length, page, pageSize };
    },

    /** By its name, with or without its provider. @throws NOT_FOUND */
    async getModel(teamId: TeamId, { name }: { readonly name: string }): Promise<ModelListing> {
      const models = await findTeamModels(teamId);
      const found = models.catalogue.find(name, models.isAvailable) ?? models.catalogue.find(name);
      if (!found?.isEnabled) throw notFound('model', name);
      return describeModel(found, models);
    },

    async getStatus(teamId: TeamId): Promise<AiStatus> {
      const models = await findTeamModels(teamId);
      const model = models.getDefault();
      return {
        model: describeModel(model, models),
        embeddings: embedder ? describeEmbedder(embedder) : null,
        providers: dependencies.providers.map((name) =>
          describeProvider(name, models, dependencies.health),
        ),
        hints: hintsFor({
          hasEndpoint: model.provider !== 'builtin',
          hasEmbedder: embedder !== undefined,
        }),
      };
    },

    /** Which models a request would be given to under `auto`, and why; nothing is called. */
    async route(teamId: TeamId, request: ChatRequest): Promise<RouteDecision> {
      return decideRoute(await findTeamModels(teamId), request);
    },
  };
}

function describeModels(models: TeamModels): readonly ModelListing[] {
  return models.catalogue.models
    .filter(({ isEnabled }) => isEnabled)
    .map((model) => describeModel(model, models));
}

function describeModel(model: CatalogueModel, models: TeamModels): ModelListing {
  const isDefault = model.id === models.getDefault().id;
  return { ...model, isDefault, isAvailable: models.isAvailable(model) };
}

function describeEmbedder({ model, provider }: NonNullable<AiServiceDependencies['embedder']>) {
  return { model: model.name, provider, dimensions: model.dimensions };
}

function describeProvider(
  name: ProviderName,
  { catalogue, hasProvider, ownKeys, keyOwnerOf }: TeamModels,
  health: ModelHealth,
): ProviderStatus {
  const failing = catalogue.models
    .filter((model) => model.provider === name)
    .filter((model) =>
      health.isOpen({ provider: name, model: model.name, owner: keyOwnerOf(model) }),
    );
  return {
    name,
    isConfigured: hasProvider(name),
    hasOwnKey: ownKeys.has(name),
    failingModels: failing.map((model) => model.name),
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
