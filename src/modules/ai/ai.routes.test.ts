import { afterEach, describe, expect, it } from 'vitest';
import { buildHttpApp } from '#test/http-app';
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
  costs: { currency: 'EUR', currencyPerUsd: 0.5 },
};
const KEYED: AiSettings = {
  ...SETTINGS,
  llm: { ...SETTINGS.llm, apiKey: KEY_CANARY, baseUrl: 'http://models.internal:4000/v1' },
};

const apps: App[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

function buildModule(settings: AiSettings) {
  const warnings: unknown[] = [];
  const module = createAiModule({
    guard: createRecordingGuard().guard,
    connect: async () => ({ apiKey: settings.llm.apiKey, baseUrl: settings.llm.baseUrl }),
    httpClient: { request: () => Promise.reject(new Error('no address is called here')) },
    settings,
    logger: { warn: (...line: unknown[]) => void warnings.push(line) },
    metrics: createMetrics(),
    clock: systemClock,
  });
  return { ...module, warnings };
}

async function get(url: string, settings = SETTINGS) {
  const { app } = await buildHttpApp();
  apps.push(app);
  const { registerRoutes } = buildModule(settings);
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
    const { body, text } = await get('/ai/status', { ...KEYED, embedding });
    expect(body).toEqual({
      model: {
        name: 'gpt-4o-mini',
        provider: 'openai',
        description: expect.any(String),
        is_default: true,
        price: {
          currency: 'EUR',
          prompt_per_million_tokens: 0.075,
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
    const { body } = await get('/ai/status', { ...SETTINGS, embedding });
    expect(body.embeddings).toMatchObject({ model: 'builtin-hashed', provider: 'builtin' });
  });
});

describe('GET /ai/models', () => {
  it('lists the models by name, a page at a time', async () => {
    const { body } = await get('/ai/models?page_size=1&page=2', KEYED);
    expect(body).toMatchObject({ total: 2, page: 2, page_size: 1, total_pages: 2 });
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['gpt-4o-mini']);
  });

  it('lists them backwards when asked', async () => {
    const { body } = await get('/ai/models?sort=-name', KEYED);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual([
      'gpt-4o-mini',
      'builtin-extractive',
    ]);
  });

  it('refuses an order that it does not have', async () => {
    expect((await get('/ai/models?sort=price')).status).toBe(422);
  });
});

describe('choosing a model', () => {
  it('gives the configured one unless another is named', async () => {
    const { ai } = buildModule(KEYED);
    expect(await ai.getChatModel(TEAM)).toMatchObject({ name: 'gpt-4o-mini' });
    expect(await ai.getChatModel(TEAM, 'builtin-extractive')).toMatchObject({
      provider: 'builtin',
    });
  });

  it('refuses a name that is not on offer, and says which are', async () => {
    const { ai } = buildModule(KEYED);
    await expect(ai.getChatModel(TEAM, 'gpt-9')).rejects.toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: 'No model "gpt-9"; there are: gpt-4o-mini, builtin-extractive',
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
  const withPrices = (model: string, prices: object) => ({
    ...KEYED,
    llm: { ...KEYED.llm, model, ...prices },
  });

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
    expect(buildModule(withPrices(model, prices)).ai.costMicros(model, usage)).toBe(expected);
  });

  it('is nothing for the built-in model and for one that is gone', () => {
    const { ai } = buildModule(KEYED);
    expect(ai.costMicros('builtin-extractive', usage)).toBe(0);
    expect(ai.costMicros('gone', usage)).toBe(0);
  });

  it('is warned about where no price is known', () => {
    expect(buildModule(withPrices('own-model', {})).warnings).toHaveLength(1);
    expect(buildModule(KEYED).warnings).toHaveLength(0);
  });
});
