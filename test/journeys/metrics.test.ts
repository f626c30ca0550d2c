import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll } from '../../src/modules/chat/testing/read-chat.ts';
import { createClient, signUp, uploadAndWait, type Client } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { listOperations } from '#test/openapi-operations';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { familyOf, listFamilies, parseMetrics, sumOf, type Sample } from '#test/prometheus';
import { startServerProcess, type ServerProcess } from '#test/server-process';

const METRICS_TOKEN = 'the-token-of-the-scraper';

const LABELS: Readonly<Record<string, readonly string[]>> = {
  http_requests_total: ['endpoint', 'method', 'status_code'],
  http_request_duration_seconds: ['endpoint', 'method', 'status_code'],
  http_requests_in_progress: ['endpoint', 'method'],
  db_queries_total: ['operation', 'table'],
  db_query_duration_seconds: ['operation', 'table'],
  db_pool_connections: ['state'],
  redis_operations_total: ['operation', 'status'],
  cache_hits_total: ['operation'],
  cache_misses_total: ['operation'],
  process_memory_bytes: ['type'],
  process_cpu_seconds_total: ['mode'],
  app_uptime_seconds: [],
  app_users_total: ['tier'],
  app_active_sessions: [],
  app_chat_requests_total: ['model', 'tier'],
  chat_time_to_first_token_seconds: ['model', 'tier'],
  chat_stream_tokens_total: ['model', 'tier'],
  chat_streams_in_progress: ['model', 'tier'],
  chat_feedback_total: ['score'],
  llm_requests_total: ['model', 'provider', 'status'],
  llm_request_duration_seconds: ['model', 'provider', 'status'],
  llm_tokens_total: ['direction', 'model', 'provider'],
  llm_cost_total: ['model', 'provider'],
  llm_circuit_state: ['model', 'provider'],
  auth_events_total: ['event', 'provider'],
  auth_failures_total: ['reason'],
  rate_limit_hits_total: ['endpoint', 'scope'],
  rate_limit_fail_open_total: ['scope'],
  jobs_total: ['queue', 'status'],
  job_duration_seconds: ['queue', 'status'],
  jobs_waiting: ['queue'],
  documents_total: ['status'],
  documents_outdated: [],
  ingestion_duration_seconds: ['step'],
  retrieval_duration_seconds: ['mode'],
  vector_store_duration_seconds: ['operation', 'status'],
  citations_rejected_total: [],
  telemetry_dropped_total: ['kind'],
};

let dataDir: string;
let database: ProcessDatabase;
let model: ModelServer;
let server: ServerProcess;
let client: Client;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-metrics-'));
  database = await createProcessDatabase();
  model = await startModelServer({ tokenDelayMs: 0 });
  server = await startServerProcess({
    dataDir,
    settings: {
      ...database.settings,
      ...(process.env['TEST_REDIS_URL'] && { REDIS_URL: process.env['TEST_REDIS_URL'] }),
      LLM_BASE_URL: model.baseUrl,
      LLM_MODEL: 'gpt-4o-mini',
      METRICS_TOKEN,
    },
  });
  await tellStory();
});
afterAll(async () => {
  await server.kill();
  await model.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('/metrics after a story', () => {
  it('is for who has the token', async () => {
    const answers = [await scrapeWith(undefined), await scrapeWith('Bearer something-else-16')];
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect((await scrapeWith(`Bearer ${METRICS_TOKEN}`)).status).toBe(200);
  });

  it('has every family, each with its own labels', async () => {
    const text = await scrape();
    const families = listFamilies(text);
    expect(families).toEqual(expect.arrayContaining(Object.keys(LABELS)));
    for (const sample of parseMetrics(text)) {
      const labels = Object.keys(sample.labels).filter((label) => label !== 'le');
      const family = familyOf(sample, families);
      expect.soft(labels.toSorted(), sample.name).toEqual(LABELS[family] ?? labels.toSorted());
      expect.soft(family in LABELS && Number.isNaN(sample.value), sample.name).toBe(false);
    }
  });

  it('tells what happened', async () => {
    const samples = parseMetrics(await scrape());
    const sum = (name: string, labels = {}) => sumOf(samples, name, labels);
    const created = { method: 'POST', endpoint: '/api/v1/projects', status_code: '201' };
    expect(sum('http_requests_total', created)).toBe(1);
    expect(sum('http_request_duration_seconds_count', created)).toBe(1);
    expect(sum('http_requests_in_progress')).toBe(0);
    expect(sum('auth_events_total', { event: 'register' })).toBe(1);
    expect(sum('auth_events_total', { event: 'login' })).toBe(1);
    expect(sum('auth_failures_total')).toBe(1);
    expect(sum('documents_total', { status: 'ready' })).toBe(1);
    expect(sum('ingestion_duration_seconds_count')).toBeGreaterThan(0);
    expect(sum('retrieval_duration_seconds_count', { mode: 'lexical' })).toBeGreaterThan(0);
    expect(sum('app_chat_requests_total', { model: 'gpt-4o-mini', tier: 'free' })).toBe(2);
    expect(sum('chat_time_to_first_token_seconds_count')).toBe(1);
    expect(sum('chat_streams_in_progress')).toBe(0);
    expect(sum('llm_requests_total', { status: 'ok' })).toBe(1);
    expect(sum('llm_requests_total', { status: 'error' })).toBe(1);
    expect(sum('llm_tokens_total', { direction: 'output' })).toBe(200);
    expect(sum('llm_cost_total')).toBeGreaterThan(0);
    expect(sum('jobs_total', { status: 'completed' })).toBeGreaterThan(0);
    expect(sum('db_queries_total', { table: 'projects' })).toBeGreaterThan(0);
    expect(sum('process_memory_bytes', { type: 'rss' })).toBeGreaterThan(10_000_000);
  });

  it('names endpoints by their templates, and leaves the probes out', async () => {
    await sendRandomRequests(1);
    const templates = new Set(await listTemplates());
    const samples = parseMetrics(await scrape());
    const endpoints = new Set(samples.flatMap(({ labels }) => labels['endpoint'] ?? []));
    const unknown = [...endpoints].filter((endpoint) => !templates.has(endpoint));
    expect(unknown).toEqual([]);
    expect(endpoints).toContain('unmatched');
  });

  it('does not grow with paths, ids, user agents and model names', async () => {
    await sendRandomRequests(1);
    const before = await listSeries();
    await sendRandomRequests(75);
    const added = (await listSeries()).filter((series) => !before.includes(series));
    // Upkeep in the background meets tables of its own, and what Node has under way changes by itself.
    expect(added.filter((series) => !/^(db|nodejs)_/.test(series))).toEqual([]);
    expect(added.length).toBeLessThan(50);
  });
});

async function tellStory(): Promise<void> {
  client = (await signUp(server.baseUrl)).client;
  const { id: projectId } = (await client.post('/projects', { name: 'Story' })).body;
  const content = 'The walnuts stand in a document.';
  await uploadAndWait(client, projectId, { name: 'note.txt', content });
  await client.post(`/projects/${projectId}/search`, { query: 'walnuts' });
  const question = { message: 'Where are the walnuts?', project_id: projectId };
  await readAll((await client.stream('/chat/stream', question)).events);
  const error = { message: 'no' };
  model.mock.prependFixture({ match: { userMessage: /fail/ }, response: { error, status: 400 } });
  expect((await client.post('/chat', { message: 'fail' })).status).toBe(502);
  const unknown = { email: 'nobody@example.com', password: 'Wr0ng-password' };
  expect((await createClient(server.baseUrl).post('/auth/login', unknown)).status).toBe(401);
}

/** Four requests a round, none like another. */
async function sendRandomRequests(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const random = randomUUID();
    const answers = await Promise.all([
      client.request('GET', `/${random}/${random}`, { headers: { 'user-agent': random } }),
      client.request('GET', `/projects/${random}`),
      client.request('DELETE', `/chat/sessions/${random}`, { headers: { 'x-request-id': random } }),
      client.request('POST', '/chat', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ message: 'fail', model: random }),
      }),
    ]);
    expect(answers.every(({ status }) => status >= 400 && status < 500)).toBe(true);
    await Promise.all(answers.map((answer) => answer.text()));
  }
}

function scrapeWith(authorization: string | undefined): Promise<Response> {
  return fetch(`${server.baseUrl}/metrics`, { headers: authorization ? { authorization } : {} });
}

async function scrape(): Promise<string> {
  return (await scrapeWith(`Bearer ${METRICS_TOKEN}`)).text();
}

async function listSeries(): Promise<readonly string[]> {
  return parseMetrics(await scrape()).map(
    ({ name, labels }: Sample) => name + JSON.stringify(labels),
  );
}

/** The routes as the server writes them, of all that it describes. */
async function listTemplates(): Promise<readonly string[]> {
  const operations = await listOperations(server.baseUrl);
  const paths = operations.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
  return [...paths.map((path) => `/api/v1${path}`), '/openapi.json', 'unmatched'];
}
