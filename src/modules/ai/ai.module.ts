import type { Cache } from '#platform/cache/cache';
import type { RedisConnection } from '#platform/cache/redis';
import type { Clock } from '#platform/clock/clock';
import type { Database, Queries } from '#platform/db/database';
import type { HttpClient } from '#platform/http-client/http-client';
import type { App } from '#platform/http/app';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Observer } from '#platform/telemetry/observer';
import type { TeamId } from '#shared/ids';
import { registerAiRoutes } from './ai.routes.ts';
import { createAiService } from './ai.service.ts';
import { createCatalogueAdmin } from './catalogue/catalogue-admin.module.ts';
import { findListPrice, listModels } from './catalogue/list-models.ts';
import type { ModelEventLog } from './catalogue/model-audit.ts';
import { createModelsRepository } from './catalogue/models.repository.ts';
import { createEmbedder, type EmbeddingSettings } from './create-embedder.ts';
import type { CallMeterDependencies } from './metering/meter-calls.ts';
import { toCurrency } from './metering/price-usage.ts';
import type { KeyedProvider } from './provider-keys/keyed-provider.ts';
import type { Connect } from './provider-keys/keyring.service.ts';
import type { CallSettings } from './providers/call-settings.ts';
import { createLocalModels, type LocalModels } from './providers/local/local-models.provider.ts';
import type { Connection, ProviderName } from './providers/model-provider.ts';
import { createProviders } from './providers/providers.module.ts';
import { createRoutes, type RoutingSettings } from './resilience/create-routes.ts';
import { registerRouteRoutes } from './routing/route.routes.ts';
import { providerOrder } from './selection/provider-order.ts';
import { createSelection } from './selection/selection.module.ts';
import { createAssertAffordable } from './spending/assert-affordable.ts';
import { currentPayer } from './spending/payer-context.ts';
import type { SpendGuard } from './spending/spend-guard.ts';

export type AiSettings = {
  readonly llm: CallSettings & {
    readonly model: string;
    /** Prices of `model`; where one is not given, the list price of its name. */
    readonly promptUsdPerMillionTokens?: number | undefined;
    readonly completionUsdPerMillionTokens?: number | undefined;
  };
  readonly embedding: EmbeddingSettings & {
    /** Folder of the models that run in this process. */
    readonly localModelsPath?: string | undefined;
  };
  readonly reranker: { readonly provider: 'api' | 'local'; readonly model?: string | undefined };
  readonly costs: { readonly currency: string; readonly currencyPerUsd: number };
  readonly routing: RoutingSettings & { readonly defaultProvider?: ProviderName | undefined };
};

export type AiModuleDependencies = {
  readonly settings: AiSettings;
  readonly database: Database;
  readonly cache: Cache;
  readonly redis?: RedisConnection | undefined;
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: CallMeterDependencies['metrics'] & Pick<Metrics, 'llmCircuitState'>;
  readonly clock: Clock;
  /** For images that callers name by their address. */
  readonly httpClient: Pick<HttpClient, 'request'>;
  /** Every call of a model passes it. */
  readonly guard: SpendGuard;
  /** How the service itself is set up to call each provider. */
  readonly deployment: (provider: KeyedProvider) => Omit<Connection, 'fetch'>;
  /** How a team's calls reach a provider. */
  readonly connect: Connect;
  /** The providers whose keys a team has brought. */
  readonly listKeyed: (teamId: TeamId) => Promise<readonly KeyedProvider[]>;
  readonly eventLogWithin: (queries: Queries) => ModelEventLog;
  readonly observer?: Observer | undefined;
};

export function createAiModule(dependencies: AiModuleDependencies) {
  const { settings, database, guard, metrics } = dependencies;
  const { llm, costs, routing } = settings;
  const providers = providersByName(dependencies);
  const { currencyPerUsd } = costs;
  const meter = { ...dependencies, currencyPerUsd, maxTokens: llm.maxTokens };
  const listed = listModels({
    ...llm,
    name: llm.model,
    provider: configuredProvider(dependencies),
  });
  const localModels = openLocalModels(settings);
  const routes = createRoutes({ ...dependencies, settings: routing, metrics });
  const selection = createSelection({
    ...dependencies,
    listed,
    sharedModels: () => createModelsRepository(database.unscoped(), 'models'),
    modelsOf: (teamId) => createModelsRepository(database.forTeam(teamId), 'team_models'),
    order: providerOrder(routing.defaultProvider),
    configuredName: llm.model,
    fallbacks: routing.fallbacks,
    random: Math.random,
    providers,
    meter,
    routes,
  });
  const ai = createAiService({
    ...selection,
    health: routes.circuits,
    providers: [...providers.keys()],
    embedder: createEmbedder(settings.embedding, { providers, localModels, meter }),
  });
  const admin = createCatalogueAdmin({ ...dependencies, listed, catalogue: selection.catalogue });
  return {
    ai,
    /** To be added to identity's. */
    userEraser: admin.userEraser,
    /** A cross-encoder in this process, where the settings name one. */
    reranker: chooseReranker(settings, localModels),
    /** With the key of who pays. */
    moderate: providers.get('openai')?.moderate,
    assertAffordable: createAssertAffordable({
      guard,
      maxTokens: llm.maxTokens,
      costOf: (model, usage) => toCurrency(ai.costMicros(model, usage), currencyPerUsd),
    }),
    registerRoutes(app: App): void {
      registerAiRoutes(app, { ai, currency: costs });
      registerRouteRoutes(app, { ai, currency: costs });
      admin.registerRoutes(app);
    },
  };
}

function openLocalModels({ embedding }: AiSettings): LocalModels | undefined {
  const folder = embedding.localModelsPath;
  return folder === undefined ? undefined : createLocalModels({ folder });
}

function chooseReranker({ reranker }: AiSettings, localModels: LocalModels | undefined) {
  const { provider, model } = reranker;
  return provider === 'local' && model !== undefined ? localModels?.reranker(model) : undefined;
}

function providersByName({ connect, settings, ...dependencies }: AiModuleDependencies) {
  // Whoever pays for a call is whose key it takes.
  const connectionTo = (provider: KeyedProvider) => () => connect(currentPayer().teamId, provider);
  const connections = {
    openai: connectionTo('openai'),
    anthropic: connectionTo('anthropic'),
    gemini: connectionTo('gemini'),
    litellm: connectionTo('litellm'),
  };
  const providers = createProviders(connections, { ...dependencies, settings: settings.llm });
  return new Map(providers.map((provider) => [provider.name, provider]));
}

/** Whose model the one of the settings is; undefined where the service itself can call nobody. */
function configuredProvider(dependencies: AiModuleDependencies): ProviderName | undefined {
  const { settings, deployment, logger } = dependencies;
  const { llm, routing } = settings;
  const provider = providerOrder(routing.defaultProvider).find((name) => {
    if (name === 'builtin') return false;
    const { apiKey, baseUrl } = deployment(name);
    return apiKey !== undefined || baseUrl !== undefined;
  });
  const { promptUsdPerMillionTokens: prompt, completionUsdPerMillionTokens: completion } = llm;
  const isPriced = prompt !== undefined || completion !== undefined || findListPrice(llm.model);
  if (provider && !isPriced) {
    logger.warn(
      { model: llm.model },
      'no price is known, so LLM_PRICE_PROMPT and LLM_PRICE_COMPLETION count as 0',
    );
  }
  return provider;
}
