import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll, textOf } from '../../src/modules/chat/testing/read-chat.ts';
import { createClient, uploadAndWait, type Client, type Json } from '#test/client';
import { createSecretIssuer } from '#test/issuer';
import { startModelServer, type ModelServer } from '#test/model-server';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';
import { createWebhookSender } from '#test/webhooks';

/** What must be in no log line, no metric and no answer to an error. */
const CANARIES = {
  password: 'Canary-passw0rd-1188',
  wrongPassword: 'Canary-wrong-passw0rd-2299',
  metricsToken: 'canary-metrics-token-3300',
  jwtSecret: 'canary-jwt-secret-of-32-characters-and-more-4411',
  providerKey: 'sk-canary-provider-key-5522',
  providerBody: 'canary-provider-body-6633',
  documentText: 'canary-document-text-7744',
  question: 'canary-question-8855',
  answer: 'canary-answer-9966',
  bearer: 'canary-bearer-1077',
  cookie: 'canary-cookie-1188',
  refreshToken: 'canary-refresh-token-1299',
  query: 'canary-query-1310',
  brokenBody: 'canary-broken-body-1421',
  issuerSecret: 'canary-issuer-secret-of-32-characters-1532',
  webhookSecret: 'whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTE2NDM=',
  webhookBody: 'canary-webhook-body-1754',
};

const issuer = createSecretIssuer('https://issuer.example', CANARIES.issuerSecret);

let dataDir: string;
let database: ProcessDatabase;
let model: ModelServer;
let server: ServerProcess;
let client: Client;
let tokens: readonly string[];
let problems: string;

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
      LLM_API_KEY: CANARIES.providerKey,
      METRICS_TOKEN: CANARIES.metricsToken,
      JWT_SECRET_KEY: CANARIES.jwtSecret,
      AUTH_ISSUERS: JSON.stringify([issuer.setting]),
      CLERK_WEBHOOK_SECRET: CANARIES.webhookSecret,
      LOG_LEVEL: 'debug',
    },
  });
  await tellStory();
  problems = await askForErrors();
});
afterAll(async () => {
  await server.kill();
  await model.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('secrets and contents', () => {
  it('are in no log line, and each line is one object that tells when, what and how bad', () => {
    const lines = server.output().trim().split('\n');
    const logged = lines.map((line): Json => JSON.parse(line));
    for (const line of logged) {
      expect.soft(line).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        level: expect.any(String),
        message: expect.any(String),
      });
    }
    const messages = logged.map(({ message }) => message);
    expect(messages).toEqual(expect.arrayContaining(['request', 'run', 'login failed']));
    expectNoCanary(server.output());
  });

  it('are in no metric', async () => {
    const headers = { authorization: `Bearer ${CANARIES.metricsToken}` };
    expectNoCanary(await (await fetch(`${server.baseUrl}/metrics`, { headers })).text());
  });

  it('are in no problem document', () => {
    expect(problems.match(/"code":/g)?.length).toBeGreaterThan(8);
    expectNoCanary(problems);
  });
});

async function tellStory(): Promise<void> {
  const visitor = createClient(server.baseUrl);
  const account = { email: 'canary@example.com', password: CANARIES.password };
  await visitor.post('/auth/register', account);
  const login = (await visitor.post('/auth/login', account)).body;
  const foreign = await issuer.sign('canary-subject');
  await createClient(server.baseUrl, foreign).get('/users/me');
  const url = `${server.baseUrl}/api/v1/webhooks/clerk`;
  const sender = createWebhookSender(url, { secret: CANARIES.webhookSecret, brand: 'svix' });
  await sender.send({ type: 'session.created', data: { id: CANARIES.webhookBody } });
  tokens = [login.access_token, login.refresh_token, foreign];
  client = createClient(server.baseUrl, login.access_token);
  const { id: projectId } = (await client.post('/projects', { name: 'Story' })).body;
  const content = `The ${CANARIES.documentText} stands in a document about walnuts.`;
  await uploadAndWait(client, projectId, { name: 'note.txt', content });
  await client.post(`/projects/${projectId}/search`, { query: 'walnuts' });
  model.mock.prependFixture({
    match: { userMessage: new RegExp(CANARIES.question) },
    response: { content: CANARIES.answer, usage: { prompt_tokens: 9, completion_tokens: 200 } },
  });
  const question = { message: `${CANARIES.question} about walnuts?`, project_id: projectId };
  const { events } = await client.stream('/chat/stream', question);
  expect(textOf(await readAll(events))).toBe(CANARIES.answer);
}

/** Fails in each way that has something secret at hand, and gives all that was answered. */
async function askForErrors(): Promise<string> {
  const { email } = (await client.get('/users/me')).body;
  const visitor = createClient(server.baseUrl);
  const json = { 'content-type': 'application/json' };
  const error = { message: `${CANARIES.providerBody} ${CANARIES.providerKey}` };
  model.mock.prependFixture({ match: { userMessage: /fail/ }, response: { error, status: 400 } });
  const answers = [
    await visitor.request('POST', '/auth/login', {
      headers: json,
      body: JSON.stringify({ email, password: CANARIES.wrongPassword }),
    }),
    await visitor.request('POST', '/auth/login', {
      headers: json,
      body: JSON.stringify({ email, password: { [CANARIES.wrongPassword]: 1 } }),
    }),
    await visitor.request('POST', '/auth/refresh', {
      headers: json,
      body: JSON.stringify({ refresh_token: CANARIES.refreshToken }),
    }),
    await visitor.request('POST', '/auth/register', {
      headers: json,
      body: `{"${CANARIES.brokenBody}`,
    }),
    await visitor.request('GET', '/users/me', {
      headers: { authorization: `Bearer ${CANARIES.bearer}` },
    }),
    await visitor.request('GET', '/users/me', {
      headers: { authorization: `Basic ${CANARIES.bearer}` },
    }),
    await visitor.request('GET', '/users/me', { headers: { 'x-api-key': CANARIES.bearer } }),
    await visitor.request('GET', '/users/me', {
      headers: { cookie: `access_token=${CANARIES.cookie}` },
    }),
    await createClient(server.baseUrl, await issuer.sign('x', { claims: { exp: 1 } })).request(
      'GET',
      '/users/me',
    ),
    await visitor.request('POST', '/webhooks/clerk', {
      headers: { ...json, 'svix-id': 'x', 'svix-signature': 'v1,x', 'svix-timestamp': '1' },
      body: JSON.stringify({ type: CANARIES.webhookBody }),
    }),
    await visitor.request('GET', `/nothing?access_token=${CANARIES.query}`),
    await visitor.request('GET', `/nothing?q=${CANARIES.query}`),
    await client.request('GET', `/projects?sort=${CANARIES.query}`),
    await client.request('POST', '/chat', {
      headers: json,
      body: JSON.stringify({ message: 'fail' }),
    }),
  ];
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => false));
  return texts.join('\n');
}

function expectNoCanary(text: string): void {
  const found = [...Object.values(CANARIES), ...tokens].filter((canary) => text.includes(canary));
  expect(found).toEqual([]);
}
