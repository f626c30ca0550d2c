import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { buildHttpApp } from '#test/http-app';
import { createMemoryCache } from '#platform/cache/memory-cache';
import { mountRoutes, type App } from '#platform/http/app';
import { systemClock } from '#platform/clock/clock';
import { createMetrics } from '#platform/telemetry/metrics';
import { createAiModule, type AiSettings } from './ai.module.ts';
import { buildRequest, KEY_CANARY, neverAborted } from './testing/chat-requests.ts';
import { newId, type TeamId } from '#shared/ids';
import { payingFor } from './spending/payer-context.ts';
import { createRecordingGuard } from './testing/recording-guard.ts';

const TEAM = newId<TeamId>();
const PAYER = { teamId: TEAM, userId: null };

const SETTINGS: AiSettings = {
  llm: {
    model: 'gpt-4o-mini',
    temperature: 0.2,
    maxTokens: 2000,
    attempts: 3,
    timeoutMs: 30_000,
    silenceMs: 30_000,
  },
  embedding: { provider: 'none', model: 'text-embedding-3-small', dimensions: 1536 },
  routing: { fallbacks: [], circuitFailures: 20, circuitWindowSeconds: 10, circuitOpenSeconds: 30 },
  reranker: { provider: 'api' },
  costs: { currency: 'EUR', currencyPerUsd: 0.5 },
};
type Endpoint = { readonly apiKey: string | undefined; readonly baseUrl: string | undefined };

const NOWHERE: Endpoint = { apiKey: undefined, baseUrl: undefined };
const KEYED = { apiKey: KEY_CANARY, baseUrl: 'http://models.internal:4000/v1' };

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

type Named = { readonly name: string };

const apps: App[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

function buildModule(settings: AiSettings, openai: Endpoint = NOWHERE) {
  const warnings: unknown[] = [];
  const metrics = createMetrics();
  const module = createAiModule({
    guard: createRecordingGuard().guard,
    deployment: (provider) => (provider === 'openai' ? openai : NOWHERE),
    connect: async () => openai,
    httpClient: { request: () => Promise.reject(new Error('no address is called here')) },
    listKeyed: async () => [],
    eventLogWithin: () => ({ insert: async () => undefined }),
    settings,
    database: test.database,
    cache: createMemoryCache({ metrics }),
    logger: { warn: (...line: unknown[]) => void warnings.push(line) },
    metrics,
    clock: systemClock,
  });
  return { ...module, warnings };
}

async function get(url: string, { settings = SETTINGS, openai = NOWHERE } = {}) {
  const { app } = await buildHttpApp();
  apps.push(app);
  const { registerRoutes } = buildModule(settings, openai);
  mountRoutes(app, { prefix: '/api/v1' }, registerRoutes);
  const response = await app.inject({ method: 'GET', url: `/api/v1${url}` });
  return { status: response.statusCode, body: response.json(), text: response.body };
}

describe('GET /ai/status', () => {
  it('says that the built-in model answers where nothing is configured, and what would add more', async () => {
    const { status, body } = await get('/ai/status');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model: { name: 'builtin-extractive', provider: 'builtin', is_default: true },
      embeddings: null,
      hints: [{ setting: 'LLM_API_KEY or LLM_BASE_URL' }, { setting: 'EMBEDDING_PROVIDER' }],
    });
    expect(body.model.description).toContain('does not summarise');
  });

  it('names the configured model and embedder, and neither key nor address', async () => {
    const embedding = { ...SETTINGS.embedding, provider: 'openai' } as const;
    const { body, text } = await get('/ai/status', {
      settings: { ...SETTINGS, embedding },
      openai: KEYED,
    });
    expect(body).toMatchObject({
      model: {
        name: 'gpt-4o-mini',
        provider: 'openai',
        is_default: true,
        is_available: true,
        price: {
          currency: 'EUR',
          prompt_per_million_tokens: 0.075,
          cached_prompt_per_million_tokens: 0.0375,
          completion_per_million_tokens: 0.3,
        },
      },
      embeddings: { model: 'text-embedding-3-small', provider: 'openai', dimensions: 1536 },
      hints: [],
    });
    expect(text).not.toContain(KEY_CANARY);
    expect(text).not.toContain('models.internal');
  });

  it('names the stand-in embedder as what it is', async () => {
    const embedding = { ...SETTINGS.embedding, provider: 'builtin' } as const;
    const { body } = await get('/ai/status', { settings: { ...SETTINGS, embedding } });
    expect(body.embeddings).toMatchObject({ model: 'builtin-hashed', provider: 'builtin' });
  });

  it('says which providers are set up', async () => {
    const { body } = await get('/ai/status', { openai: KEYED });
    expect(body.providers).toContainEqual({
      name: 'openai',
      is_configured: true,
      has_own_key: false,
      failing_models: [],
    });
    expect(body.providers).toContainEqual(
      expect.objectContaining({ name: 'litellm', is_configured: false }),
    );
  });
});

describe('GET /ai/models', () => {
  it('lists the models by name, a page at a time', async () => {
    const { body } = await get('/ai/models?page_size=2&page=2', { openai: KEYED });
    expect(body).toMatchObject({ page: 2, page_size: 2 });
    const all = (await get('/ai/models?page_size=100', { openai: KEYED })).body.items;
    const names = all.map(({ name }: Named) => name);
    expect(names).toEqual(names.toSorted());
    expect(body.items).toEqual(all.slice(2, 4));
  });

  it('lists them backwards when asked', async () => {
    const { body } = await get('/ai/models?sort=-name&page_size=100', { openai: KEYED });
    const names = body.items.map(({ name }: Named) => name);
    expect(names).toEqual(names.toSorted().toReversed());
  });

  it('says what can be used: the built-in model, and those of providers that are set up', async () => {
    const offered = async (openai: Endpoint) => {
      const { body } = await get('/ai/models?is_available=true&page_size=100', { openai });
      return body.items.map(({ name }: Named) => name);
    };
    expect(await offered(NOWHERE)).toEqual(['builtin-extractive']);
    expect(await offered(KEYED)).toContain('gpt-5-mini');
    expect(await offered(KEYED)).not.toContain('claude-haiku-4-5');
  });

  it('takes a server of its own for no OpenAI, unless it is asked for one of its models', async () => {
    const settings = { ...SETTINGS, llm: { ...SETTINGS.llm, model: 'llama3' } };
    const { body } = await get('/ai/models?is_available=true', { settings, openai: KEYED });
    expect(body.items).toMatchObject([
      { name: 'builtin-extractive' },
      { name: 'llama3', provider: 'openai', source: 'custom', is_default: true },
    ]);
  });

  it('refuses an order that it does not have', async () => {
    expect((await get('/ai/models?sort=price')).status).toBe(422);
  });
});

describe('GET /ai/models/{name}', () => {
  it.each(['gpt-4o-mini', 'openai%2Fgpt-4o-mini'])('reads the model %s', async (name) => {
    const { body } = await get(`/ai/models/${name}`, { openai: KEYED });
    expect(body).toMatchObject({
      name: 'gpt-4o-mini',
      provider: 'openai',
      source: 'built_in',
      context_tokens: 128_000,
      complexity: 'small',
      is_available: true,
    });
    expect(body.abilities).toContain('json_schema');
  });

  it('knows no other', async () => {
    expect((await get('/ai/models/gpt-9')).status).toBe(404);
  });
});

describe('choosing a model', () => {
  it('gives the configured one unless another is named', async () => {
    const { ai } = buildModule(SETTINGS, KEYED);
    expect(await ai.getChatModel(TEAM)).toMatchObject({ name: 'gpt-4o-mini' });
    expect(await ai.getChatModel(TEAM, 'builtin-extractive')).toMatchObject({
      provider: 'builtin',
    });
  });

  it('refuses a name that is not on offer, and says which are', async () => {
    const { ai } = buildModule(SETTINGS, KEYED);
    await expect(ai.getChatModel(TEAM, 'gpt-9')).rejects.toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: expect.stringMatching(/^No model "gpt-9"; there are: gpt-4o-mini, .+ and more/),
        options: expect.objectContaining({ reason: 'model.unknown' }),
      }),
    );
  });

  it('gives an embedder only where one is configured', async () => {
    expect(buildModule(SETTINGS).ai.getEmbeddingModel()).toBeUndefined();
    const embedding = { ...SETTINGS.embedding, provider: 'builtin', dimensions: 16 } as const;
    const embedder = buildModule({ ...SETTINGS, embedding }).ai.getEmbeddingModel();
    const embeddings = await payingFor(PAYER, () => embedder?.embed(['text'], neverAborted));
    expect(embeddings?.vectors[0]).toHaveLength(16);
  });

  it('gives a model that answers', async () => {
    const { ai } = buildModule(SETTINGS);
    const types: string[] = [];
    const model = await ai.getChatModel(TEAM);
    const ask = () => model.stream(buildRequest('Anything?'), neverAborted);
    for await (const event of payingFor(PAYER, ask)) {
      types.push(event.type);
    }
    expect(types.at(-1)).toBe('finish');
  });
});

describe('what usage costs', () => {
  const usage = { promptTokens: 1_000_000, completionTokens: 1_000_000, isEstimated: false };
  const withPrices = (model: string, prices: object) =>
    buildModule({ ...SETTINGS, llm: { ...SETTINGS.llm, model, ...prices } }, KEYED);
  const used = (name: string) => ({ teamId: TEAM, name, provider: undefined });

  it.each([
    ['the list price', 'gpt-4o', {}, 12_500_000],
    [
      'the price of the settings',
      'own-model',
      { promptUsdPerMillionTokens: 1, completionUsdPerMillionTokens: 3 },
      4_000_000,
    ],
    ['the one given with the other listed', 'gpt-4o', { promptUsdPerMillionTokens: 1 }, 11_000_000],
    ['the other one given', 'gpt-4o', { completionUsdPerMillionTokens: 1 }, 3_500_000],
    ['nothing for a model without a price', 'own-model', {}, 0],
  ])('is %s', (_what, model, prices, expected) => {
    expect(withPrices(model, prices).ai.costMicros(used(model), usage)).toBe(expected);
  });

  it('is nothing for the built-in model and for one that is gone', () => {
    const { ai } = buildModule(SETTINGS, KEYED);
    expect(ai.costMicros(used('builtin-extractive'), usage)).toBe(0);
    expect(ai.costMicros(used('gone'), usage)).toBe(0);
  });

  it('is warned about where no price is known', () => {
    expect(withPrices('own-model', {}).warnings).toHaveLength(1);
    expect(buildModule(SETTINGS, KEYED).warnings).toHaveLength(0);
  });
});
