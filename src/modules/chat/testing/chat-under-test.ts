import { MemorySaver } from '@langchain/langgraph-checkpoint';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { AgentDefinition } from '#modules/agents';
import { createHttpApp, mountRoutes } from '#platform/http/app';
import { createIdempotencyRepository } from '#platform/idempotency/idempotency.repository';
import type { Database } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import type { ProjectId } from '#shared/ids';
import type { RetrievedPassage } from '../agent/retrieved-passage.ts';
import { createChatModule, type ChatSettings } from '../chat.module.ts';
import { createScriptedModel } from './scripted-model.ts';
import { createTestToolbox, PLAIN_AGENT, type TestTools } from './test-toolbox.ts';

export type ChatUnderTest = Awaited<ReturnType<typeof startChat>>;

export type ChatOptions = {
  readonly settings?: Partial<ChatSettings>;
  readonly checkpointer?: BaseCheckpointSaver;
  readonly passages?: readonly RetrievedPassage[];
  readonly tools?: TestTools;
  readonly agent?: Partial<AgentDefinition>;
};

const SETTINGS: ChatSettings = {
  graceSeconds: 30,
  retentionMinutes: 60,
  flushIntervalMs: 0,
  maxAttempts: 3,
  ifBusy: 'reject',
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
  const audited: string[] = [];
  const refused: string[] = [];
  const metrics = createMetrics();
  const actors = new Map<string, Actor>();
  const projects = new Map<ProjectId, Actor['teamId']>();
  const chat = createChatModule({
    database,
    loadCheckpointer: async () => options.checkpointer ?? new MemorySaver(),
    projects: {
      async get(actor, { id }) {
        if (projects.get(id) !== actor.teamId) throw notFound('project', id);
        return { settings: {} };
      },
    },
    agents: {
      resolver: { resolve: async () => ({ ...PLAIN_AGENT, ...options.agent }) },
      openToolbox: async () => createTestToolbox(options.tools ?? {}, refused),
    },
    eventLogWithin: () => ({
      async insert(_actor, { action }) {
        audited.push(action);
      },
    }),
    actAgain: async ({ userId, teamId }) => {
      const actor = actors.get(tokenOf({ userId, teamId }));
      if (!actor) throw new AppError('unauthenticated', 'Nobody');
      return actor;
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
    /** What was put into the audit log. */
    audited,
    /** Names of tools that were called and may not be. */
    refused,
    addProject: (id: ProjectId, { teamId }: Actor) => projects.set(id, teamId),
    /** Where the service is, and a token with which it takes its caller for `actor`. */
    accessOf(actor: Actor): readonly [baseUrl: string, accessToken: string] {
      const token = tokenOf(actor);
      actors.set(token, actor);
      return [baseUrl, token];
    },
    async close() {
      await chat.drain(0);
      await app.close();
    },
  };
}

function tokenOf({ userId, teamId }: Pick<Actor, 'userId' | 'teamId'>): string {
  return `${userId}.${teamId}`;
}
