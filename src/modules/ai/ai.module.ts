import type { Clock } from '#platform/clock/clock';
import type { HttpClient } from '#platform/http-client/http-client';
import type { App } from '#platform/http/app';
import type { RedisConnection } from '#platform/cache/redis';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Observer } from '#platform/telemetry/observer';
import { registerAiRoutes } from './ai.routes.ts';
import { createAiService, type OfferedModel } from './ai.service.ts';
import { createCallMeter, type CallMeterDependencies } from './metering/meter-calls.ts';
import { meterChatModel } from './metering/meter-chat-model.ts';
import { meterEmbeddingModel } from './metering/meter-embedding-model.ts';
import { findListPrice, FREE, priceOf, type ModelPrice } from './metering/model-prices.ts';
import { BUILTIN_CHAT_MODEL } from './providers/builtin/builtin-chat.ts';
import type { Connect } from './provider-keys/keyring.service.ts';
import type { KeyedProvider } from './provider-keys/keyed-provider.ts';
import { createProviders } from './providers/providers.module.ts';
import type { ModelProvider } from './providers/model-provider.ts';
import { createRoutes, type RoutingSettings } from './resilience/create-routes.ts';
import { createAssertAffordable } from './spending/assert-affordable.ts';
import { currentPayer } from './spending/payer-context.ts';
import type { SpendGuard } from './spending/spend-guard.ts';
import { toCurrency } from './metering/price-usage.ts';

export type AiSettings = {
  readonly llm: {
    readonly apiKey?: string | undefined;
    readonly baseUrl?: string | undefined;
    readonly model: string;
    readonly temperature: number;
    readonly maxTokens: number;
    /** Attempts of a call, the first included. */
    readonly attempts: number;
    readonly timeoutMs: number;
    /** How long an endpoint may pause within an answer. */
    readonly silenceMs: number;
    /** Prices of `model`; where one is not given, the list price of its name. */
    readonly promptUsdPerMillionTokens?: number | undefined;
    readonly completionUsdPerMillionTokens?: number | undefined;
  };
  readonly embedding: {
    readonly provider: 'none' | 'openai' | 'litellm' | 'gemini' | 'builtin';
    readonly model: string;
    readonly dimensions: number;
  };
  readonly costs: { readonly currency: string; readonly currencyPerUsd: number };
  readonly routing: RoutingSettings;
};

export type AiModuleDependencies = {
  readonly settings: AiSettings;
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: CallMeterDependencies['metrics'] & Pick<Metrics, 'llmCircuitState'>;
  readonly redis?: RedisConnection | undefined;
  readonly clock: Clock;
  /** For images that callers name by their address. */
  readonly httpClient: Pick<HttpClient, 'request'>;
  /** Every call of a model passes it. */
  readonly guard: SpendGuard;
  /** How a team's calls reach a provider. */
  readonly connect: Connect;
  readonly observer?: Observer | undefined;
};

const BUILTIN_DESCRIPTION =
  'Quotes the sentences of your documents that fit the question best. It works offline, and does not summarise, reason or converse.';
const ENDPOINT_DESCRIPTION = 'A language model behind the configured endpoint.';

export function createAiModule(dependencies: AiModuleDependencies) {
  const { settings, logger, metrics, clock, guard, observer, redis, httpClient } = dependencies;
  const { currencyPerUsd } = settings.costs;
  const { maxTokens } = settings.llm;
  const meterDependencies = { metrics, clock, currencyPerUsd, guard, observer, maxTokens };
  const providers = createProviders(connectionsOf(dependencies), {
    settings: settings.llm,
    clock,
    httpClient,
  });
  const offering: Offering = { logger, meterDependencies, providers };
  const builtin = offerBuiltin(offering);
  const configured = offerConfigured(settings, offering);
  const ai = createAiService({
    defaultModel: configured ?? builtin,
    models: configured ? [configured, builtin] : [builtin],
    fallbacks: offerFallbacks(settings, offering),
    routes: createRoutes({ settings: settings.routing, metrics, redis }),
    embedder: createEmbedder(settings, offering),
  });
  return {
    ai,
    assertAffordable: createAssertAffordable({
      guard,
      maxTokens,
      costOf: (name, usage) =>
        toCurrency(ai.costMicros(name, { ...usage, isEstimated: true }), currencyPerUsd),
    }),
    registerRoutes: (app: App) => registerAiRoutes(app, { ai, currency: settings.costs }),
  };
}

/** Whoever pays for a call is whose key it takes. */
function connectionsOf({ connect }: AiModuleDependencies) {
  const connectionTo = (provider: KeyedProvider) => () => connect(currentPayer().teamId, provider);
  return {
    openai: connectionTo('openai'),
    anthropic: connectionTo('anthropic'),
    gemini: connectionTo('gemini'),
    litellm: connectionTo('litellm'),
  };
}

function offerBuiltin({ providers, meterDependencies }: Offering): OfferedModel {
  const model = getProvider(providers, 'builtin').createChatModel(BUILTIN_CHAT_MODEL);
  const meter = createCallMeter({ ...model, price: FREE }, meterDependencies);
  return { chat: meterChatModel(model, meter), price: FREE, description: BUILTIN_DESCRIPTION };
}

type Offering = {
  readonly logger: AiModuleDependencies['logger'];
  readonly meterDependencies: CallMeterDependencies;
  readonly providers: readonly ModelProvider[];
};

function getProvider(providers: readonly ModelProvider[], name: string): ModelProvider {
  const provider = providers.find((each) => each.name === name);
  if (!provider) throw new Error(`there is no provider "${name}"`);
  return provider;
}

function offerConfigured(
  { llm }: AiSettings,
  { logger, meterDependencies, providers }: Offering,
): OfferedModel | undefined {
  if (!hasEndpoint(llm)) return undefined;
  const model = getProvider(providers, 'openai').createChatModel(llm.model);
  const price = priceConfigured(llm);
  if (!price) {
    logger.warn(
      { model: llm.model },
      'no price is known, so LLM_PRICE_PROMPT and LLM_PRICE_COMPLETION count as 0',
    );
  }
  const meter = createCallMeter({ ...model, price: price ?? FREE }, meterDependencies);
  return {
    chat: meterChatModel(model, meter),
    price: price ?? FREE,
    description: ENDPOINT_DESCRIPTION,
  };
}

function offerFallbacks(
  { routing }: AiSettings,
  { providers, meterDependencies }: Offering,
): readonly OfferedModel[] {
  return routing.fallbacks.map((qualifiedName) => {
    const [provider = '', ...name] = qualifiedName.split('/');
    const model = getProvider(providers, provider).createChatModel(name.join('/'));
    const price = findListPrice(model.name) ?? FREE;
    const meter = createCallMeter({ ...model, price }, meterDependencies);
    return { chat: meterChatModel(model, meter), price, description: ENDPOINT_DESCRIPTION };
  });
}

function hasEndpoint({ apiKey, baseUrl }: AiSettings['llm']): boolean {
  return apiKey !== undefined || baseUrl !== undefined;
}

function priceConfigured(llm: AiSettings['llm']): ModelPrice | undefined {
  const listed = findListPrice(llm.model);
  const { promptUsdPerMillionTokens: prompt, completionUsdPerMillionTokens: completion } = llm;
  if (prompt === undefined && completion === undefined) return listed;
  const given = priceOf({ promptUsd: prompt ?? 0, completionUsd: completion ?? 0 });
  return {
    ...given,
    ...(prompt === undefined &&
      listed && { promptMicrosPerMillion: listed.promptMicrosPerMillion }),
    ...(completion === undefined &&
      listed && { completionMicrosPerMillion: listed.completionMicrosPerMillion }),
  };
}

function createEmbedder({ embedding }: AiSettings, { providers, meterDependencies }: Offering) {
  const { provider, model: name, dimensions } = embedding;
  if (provider === 'none') return undefined;
  const model = getProvider(providers, provider).createEmbeddingModel?.(name, dimensions);
  if (!model) throw new Error(`the provider "${provider}" makes no vectors`);
  const price = findListPrice(model.name) ?? FREE;
  const meter = createCallMeter({ name: model.name, provider, price }, meterDependencies);
  return { model: meterEmbeddingModel(model, { provider, meter }), provider };
}
