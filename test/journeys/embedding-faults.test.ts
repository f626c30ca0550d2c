import { LLMock } from '@copilotkit/aimock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { payingFor } from '#modules/ai';
import { systemClock } from '#platform/clock/clock';
import { createMetrics } from '#platform/telemetry/metrics';
import { createCallMeter } from '../../src/modules/ai/metering/meter-calls.ts';
import { meterEmbeddingModel } from '../../src/modules/ai/metering/meter-embedding-model.ts';
import { createOpenAiProvider } from '../../src/modules/ai/providers/openai/openai.provider.ts';
import { createRecordingGuard } from '../../src/modules/ai/testing/recording-guard.ts';
import { buildPolicy } from '../../src/modules/ai/testing/chat-requests.ts';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { PROVIDER_CANARY, startFaultProxy, type Fault, type FaultProxy } from '#test/fault-proxy';
import type { Json } from '#test/client';
import { createKnowledgeWorld, type KnowledgeWorld, type TestTenant } from '#test/knowledge';
import { numberedSentences } from '#test/texts';

const DIMENSIONS = 8;
/** What a document that cannot be embedded is given, one after the other. */
const TRIES = 8;
const MODEL = 'test-embedder';
const SETTINGS = {
  temperature: 0,
  maxTokens: 100,
  attempts: 3,
  timeoutMs: 10_000,
  silenceMs: 10_000,
};
const FREE = {
  promptMicrosPerMillion: 0,
  cachedMicrosPerMillion: 0,
  completionMicrosPerMillion: 0,
};

let test: TestDatabase;
let mock: LLMock;
beforeAll(async () => {
  test = await createTestDatabase();
  mock = new LLMock({ port: 0, host: '127.0.0.1' });
  mock.onEmbedding(/.*/, { embedding: Array.from({ length: DIMENSIONS }, () => 0.5) });
  await mock.start();
});
afterAll(async () => {
  await mock.stop();
  await test.close();
  // oxlint-disable-next-line no-console -- the table is what this journey shows
  console.table(table);
});

const table: Record<string, object> = {};
let proxy: FaultProxy;
let fault: { readonly atCall: number; readonly what: Fault } | undefined;
let world: KnowledgeWorld;
let guard: ReturnType<typeof createRecordingGuard>;

beforeEach(async () => {
  fault = undefined;
  proxy = await startFaultProxy(mock.url, () =>
    fault && proxy.calls.length >= fault.atCall ? fault.what : undefined,
  );
  guard = createRecordingGuard();
  world = await createKnowledgeWorld({
    database: test.database,
    embedder: buildEmbedder(),
    chunkTokens: 32,
  });
});
afterEach(async () => {
  await world.close();
  await proxy.close();
});

const bend = (change: (data: Json[]) => Json[]): Fault => ({
  kind: 'bend',
  change(text) {
    const body = JSON.parse(text);
    return JSON.stringify({ ...body, note: PROVIDER_CANARY, data: change(body.data) });
  },
});
const eachVector = (change: (vector: Json[]) => Json[]): Fault =>
  bend((data) => data.map((item) => ({ ...item, embedding: change(item.embedding) })));

describe('an embedder that answers with', () => {
  it.each<[string, Fault, number]>([
    ['vectors of another length', eachVector((vector) => vector.slice(1)), 1],
    ['numbers that are none', eachVector((vector) => [null, ...vector.slice(1)]), 1],
    ['NaN, which is no JSON', { kind: 'bend', change: (text) => text.replace('0.5', 'NaN') }, 1],
    ['fewer vectors than texts', bend((data) => data.slice(1)), 1],
    ['500', { kind: 'refuse', status: 500 }, 3],
    ['a connection that is cut', { kind: 'reset' }, 3],
  ])('%s in batch 7 of 10 leaves nothing to be found', async (name, what, attempts) => {
    fault = { atCall: 7, what };
    const { tenant, status, error } = await ingestAsLast();
    expect(status).toBe('failed');
    expect(error).not.toContain(PROVIDER_CANARY);
    expect(proxy.calls).toHaveLength(6 + TRIES * attempts);
    expect(countBilled()).toBe(6);
    table[name] = { outcome: `failed: ${error}`, calls: proxy.calls.length, billed: countBilled() };
    await expectNothing(tenant);
  });
});

describe('an embedder that fails in batch 7 of 10 and comes back', () => {
  it('has its document resumed: whole, found, and each of its batches billed once', async () => {
    fault = { atCall: 7, what: { kind: 'refuse', status: 503 } };
    const tenant = await world.addTenant();
    const { id } = await world.upload(tenant, 'glacier.txt', TEXT);
    await world.queue.runNext();
    expect(countBilled()).toBe(6);
    await expectNothing(tenant);
    const billedBefore = countBilled();
    await world.queue.runAll();

    const { projectId, actor } = tenant;
    const document = await world.knowledge.documents.get(actor, { projectId, id });
    expect(document.status).toBe('ready');
    expect(await world.count(tenant)).toMatchObject({ indexings: 1, chunks: document.chunkCount });
    expect(countBilled() - billedBefore).toBe(4);
    table['503, then well'] = {
      outcome: document.status,
      calls: proxy.calls.length,
      billed: countBilled(),
    };
    expect(await search(tenant, 'hybrid')).not.toEqual([]);
  });
});

const TEXT = numberedSentences('glacier', 620);

/** Ingests a document of ten batches; a fault that stays ends its patience. */
async function ingestAsLast() {
  const tenant = await world.addTenant();
  const { id } = await world.upload(tenant, 'glacier.txt', TEXT);
  await world.queue.runAll().catch(() => undefined);
  const { projectId, actor } = tenant;
  const { status, error } = await world.knowledge.documents.get(actor, { projectId, id });
  return { tenant, status, error };
}

/** By words and by meaning, with an embedder that is well again. */
async function expectNothing(tenant: TestTenant): Promise<void> {
  fault = undefined;
  expect(await search(tenant, 'lexical')).toEqual([]);
  expect(await search(tenant, 'hybrid')).toEqual([]);
}

async function search(tenant: TestTenant, mode: 'lexical' | 'hybrid') {
  const payer = { teamId: tenant.id, userId: null };
  const found = await payingFor(payer, () => world.search(tenant, 'glacier 600', { mode }));
  return found.passages;
}

/** Calls for documents that were charged. */
function countBilled(): number {
  return guard.events.filter(([act]) => act === 'settle').length;
}

function buildEmbedder() {
  const provider = createOpenAiProvider(
    {
      name: 'openai',
      getConnection: async () => ({ apiKey: 'test', baseUrl: proxy.baseUrl }),
    },
    { settings: SETTINGS, clock: systemClock, policy: buildPolicy() },
  );
  const model = provider.createEmbeddingModel?.(MODEL, DIMENSIONS);
  if (!model) throw new Error('no embedder');
  const meter = createCallMeter(
    { name: MODEL, provider: 'openai', price: FREE },
    {
      metrics: createMetrics(),
      clock: systemClock,
      currencyPerUsd: 1,
      guard: guard.guard,
      maxTokens: 100,
    },
  );
  return meterEmbeddingModel(model, { provider: 'openai', meter });
}
