import { MemorySaver } from '@langchain/langgraph-checkpoint';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { createHttpApp, mountRoutes } from '#platform/http/app';
import { createIdempotencyRepository } from '#platform/idempotency/idempotency.repository';
import type { Database } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';
import type { RetrievedPassage } from '../agent/agent-run.ts';
import { createChatModule, type ChatSettings } from '../chat.module.ts';
import { createScriptedModel } from './scripted-model.ts';

export type ChatUnderTest = Awaited<ReturnType<typeof startChat>>;

export type ChatOptions = {
  readonly settings?: Partial<ChatSettings>;
  readonly checkpointer?: BaseCheckpointSaver;
  readonly passages?: readonly RetrievedPassage[];
};

const SETTINGS: ChatSettings = {
  graceSeconds: 30,
  retentionMinutes: 60,
  leaseSeconds: 60,
  sweepIntervalSeconds: 3600,
  currency: 'EUR',
  currencyPerUsd: 0.9,
};
/** Millionths of a dollar for a token in the tests' price list. */
const TOKEN_PRICE = 10;

const silentLogger = createLogger({ level: 'silent', format: 'json' });
const window = { limit: 1_000_000, windowSeconds: 1, text: '1000000/second' };
const policy = { name: 'unlimited', windows: [window], isGuarded: false };
const unlimited = {
  consume: async () => ({ isAllowed: true, window, remaining: 1_000_000, resetSeconds: 1 }),
  close: async () => {},
};

/** The module over HTTP on a real database; only the model and the retrieval are in the test's hands. */
export async function startChat(database: Database, options: ChatOptions = {}) {
  const model = createScriptedModel();
  const metrics = createMetrics();
  const actors = new Map<string, Actor>();
  const projects = new Map<ProjectId, Actor['teamId']>();
  const chat = createChatModule({
    database,
    loadCheckpointer: async () => options.checkpointer ?? new MemorySaver(),
    projects: {
      async get(actor, { id }) {
        if (projects.get(id) !== actor.teamId) throw notFound('project', id);
      },
    },
    knowledge: { retrieve: async () => ({ passages: options.passages ?? [] }) },
    async pickModel(_teamId, name = model.name) {
      if (name !== model.name) throw notFound('model', name);
      return model;
    },
    assertAffordable: async () => undefined,
    priceUsage: (_model, usage) => (usage.promptTokens + usage.completionTokens) * TOKEN_PRICE,
    countTokens: (text) => Math.ceil(text.length / 4),
    clock: { now: () => new Date() },
    logger: silentLogger,
    metrics,
    settings: { ...SETTINGS, ...options.settings },
  });
  const app = await createHttpApp({
    logger: silentLogger,
    metrics,
    settings: {
      version: '0',
      isSecure: false,
      publicUrl: 'http://127.0.0.1',
      corsOrigins: [],
      trustProxy: false,
      bodyLimitBytes: 1_048_576,
      responseEnvelope: 'none',
      areDocsEnabled: false,
      metricsToken: undefined,
    },
    revalidate: async () => {},
    authenticate: async ({ bearer = '' }) => {
      const actor = actors.get(bearer);
      if (!actor) throw new AppError('unauthenticated', 'Nobody');
      return actor;
    },
    rateLimiter: unlimited,
    ratePolicies: {
      default: policy,
      register: policy,
      login: policy,
      export: policy,
      invite: policy,
      webhook: policy,
      chat: { free: policy, pro: policy, enterprise: policy },
      'chat-stream': { free: policy, pro: policy, enterprise: policy },
    },
    idempotencyOf: (teamId) => createIdempotencyRepository(database.forTeam(teamId)),
    checks: [],
    renderMetrics: () => metrics.registry.metrics(),
  });
  mountRoutes(app, { prefix: '/api/v1' }, chat.registerRoutes);
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  await chat.start({ isOnlyProcess: false });
  return {
    chat,
    model,
    metrics,
    addProject: (id: ProjectId, { teamId }: Actor) => projects.set(id, teamId),
    /** Where the service is, and a token with which it takes its caller for `actor`. */
    accessOf(actor: Actor): readonly [baseUrl: string, accessToken: string] {
      const token = `${actor.userId}.${actor.teamId}`;
      actors.set(token, actor);
      return [baseUrl, token];
    },
    async close() {
      await chat.drain(0);
      await app.close();
    },
  };
}
