import { createAdminModule } from '#modules/admin';
import { createAgentsModule } from '#modules/agents';
import { createAiModule, createGateway, createProviderKeys, estimateTokens } from '#modules/ai';
import { createChatModule, createPostgresCheckpointer } from '#modules/chat';
import { createFilesModule } from '#modules/files';
import { auditedActor, createIdentityModule, type AuditWriter } from '#modules/identity';
import { createKnowledgeModule } from '#modules/knowledge';
import { createLangGraphModule } from '#modules/langgraph';
import { createMcpModule } from '#modules/mcp';
import { createMessagingModule } from '#modules/messaging';
import { createOpenAiModule } from '#modules/openai';
import { createProjectsModule } from '#modules/projects';
import { createUsageModule } from '#modules/usage';
import type { Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import { createIdempotencyRepository } from '#platform/idempotency/idempotency.repository';
import { registerPurgeIdempotencyKeys } from '#platform/idempotency/purge-idempotency-keys.job';
import { registerPurgeRateHits } from '#platform/rate-limit/purge-rate-hits.job';
import { createRateHitsRepository } from '#platform/rate-limit/rate-hits.repository';
import { createPlatformEraser } from './platform-eraser.ts';
import { createIncomingWebhooks } from '#platform/incoming-webhooks/incoming-webhooks';
import { registerWebhookJobs } from '#platform/incoming-webhooks/process-webhook.job';
import type { Platform } from './platform.ts';
import { createProviderEndpoints } from './provider-endpoints.ts';
import { createStoredSecrets } from './stored-secrets.ts';
import { trustedIssuers } from './trusted-issuers.ts';
import { VERSION } from './version.ts';
import type { Actor } from '#shared/actor';

export type Modules = ReturnType<typeof compose>;

const CALLABLE_MODELS = {
  page: 1,
  pageSize: 1000,
  isAvailable: true,
  sort: { direction: 'asc' },
} as const;

/** Joins the modules, each after those that it may use. */
export function compose(platform: Platform) {
  const { config, database, queue } = platform;

  const messaging = createMessagingModule({
    ...platform,
    settings: { ...config.email, isContentLogged: isForDevelopment(platform) },
  });
  const webhooks = createIncomingWebhooks(platform);
  const identity = createIdentityModule({
    ...platform,
    webhooks,
    email: messaging.email,
    settings: {
      ...config.auth,
      ...config.administration,
      isCookieSecure: isServedSecurely(platform),
      cacheRevokeSeconds: config.cache.revokeSeconds,
      publicUrl: config.app.publicUrl,
      ...config.webhooks,
      issuers: trustedIssuers(config),
      isSetupOpenLocally: isForDevelopment(platform),
    },
  });
  const usage = createUsageModule({
    ...platform,
    auditWithin: identity.auditWithin,
    settings: spendSettings(platform),
  });
  const deployment = createProviderEndpoints(config);
  const eventLogWithin = createEventLogs(identity);
  const providerKeys = createProviderKeys({
    ...platform,
    deployment,
    eventLogWithin,
    settings: { ...config.secrets, cacheSeconds: config.cache.revokeSeconds },
  });
  const ai = createAiModule({
    ...platform,
    guard: usage.spending.guard,
    deployment,
    connect: providerKeys.keyring.connect,
    listKeyed: providerKeys.keyring.keys.listProviders,
    eventLogWithin,
    settings: {
      ...config,
      llm: { ...config.llm, silenceMs: config.streams.idleSeconds * 1000 },
    },
  });
  const projects = createProjectsModule({ ...platform, settings: config.files });
  const gateway = createGateway({
    pickModel: ai.ai.getChatModel,
    findProject: (actor, id) => projects.projects.get(actor, { id }),
    assertAffordable: ai.assertAffordable,
    priceUsage: ai.ai.costMicros,
    settings: config.costs,
  });
  const files = createFilesModule({ ...platform, settings: config.files });
  const knowledge = createKnowledgeModule({
    ...platform,
    projects: projects.projects,
    files: files.files,
    embedder: ai.ai.getEmbeddingModel(),
    reranker: ai.reranker,
    settings: {
      ...config.files,
      ...config.retrieval,
      ...config.jobs,
      parsing: config.parsing,
      reranker: config.reranker,
      vectors: config.vectors,
    },
  });
  projects.projects.onPurge(knowledge.eraseProject);
  files.library.onRemove(knowledge.detachFile);
  const agents = createAgentsModule({
    ...platform,
    ...knowledge,
    ...projects,
    eventLogWithin,
    settings: { ...config.agents, ...config.secrets },
  });
  const chat = createChatModule({
    ...platform,
    loadCheckpointer: createPostgresCheckpointer(database.pool),
    projects: projects.projects,
    agents,
    actAgain: identity.actAgain,
    eventLogWithin,
    knowledge: knowledge.search,
    pickModel: ai.ai.getChatModel,
    priceUsage: ai.ai.costMicros,
    assertAffordable: ai.assertAffordable,
    countTokens: estimateTokens,
    settings: chatSettings(platform),
  });
  const openai = createOpenAiModule({
    ...platform,
    ai: ai.ai,
    listModels: async (teamId) => (await ai.ai.listModels(teamId, CALLABLE_MODELS)).items,
    answers: chat.answers,
    moderate: ai.moderate,
    projects: projects.projects,
    files: files.files,
    library: files.library,
    uploads: files.uploads,
    projectFiles: knowledge.projectFiles,
    batches: knowledge.documentBatches,
    search: knowledge.search,
    settings: { ...config.files, ...config.retrieval, responses: config.responses },
  });
  const mcp = createMcpModule({ ...mcpParts(platform), ...projects, ...agents });
  const langgraph = createLangGraphModule({ ...platform, agents, chat, settings: config.streams });
  const admin = createAdminModule({
    ...platform,
    ...identity,
    ...knowledge,
    users: identity.userAdministration,
  });
  // What refers goes before what is referred to.
  const erasing = [chat, usage, providerKeys, ai, knowledge, files, projects, admin];
  for (const module of [openai, langgraph, ...erasing]) identity.addEraser(module.userEraser);
  identity.addEraser(createPlatformEraser(platform));
  for (const module of [projects, knowledge, files, chat, openai, langgraph])
    identity.addExporter(module.userExporter);

  for (const module of [identity, projects, files, knowledge, chat, usage, openai])
    module.registerJobs(queue);
  registerWebhookJobs(queue, { webhooks });
  registerPlatformJobs(platform);

  return {
    ai,
    providerKeys,
    secrets: createStoredSecrets(platform, [providerKeys.secrets, agents.secrets]),
    identity,
    projects,
    files,
    knowledge,
    agents,
    chat,
    usage,
    openai,
    mcp,
    langgraph,
    admin,
    registerRoutes(app: App): void {
      const basis = [identity, projects, files, knowledge, agents, chat];
      const rest = [ai, gateway, providerKeys, usage, admin];
      for (const module of [...basis, ...rest]) module.registerRoutes(app);
    },
  };
}

function registerPlatformJobs({ database, queue }: Pick<Platform, 'database' | 'queue'>): void {
  registerPurgeIdempotencyKeys(queue, {
    allKeys: () => createIdempotencyRepository(database.forSystem()),
  });
  registerPurgeRateHits(queue, { rateHits: () => createRateHitsRepository(database.unscoped()) });
}

type AuditedEvent = Omit<
  Parameters<AuditWriter['insert']>[0],
  keyof ReturnType<typeof auditedActor>
>;

/** Audit logs for modules that know no `identity`. */
function createEventLogs({ auditWithin }: { auditWithin: (queries: Queries) => AuditWriter }) {
  return (queries: Queries) => ({
    insert: (actor: Actor, event: AuditedEvent): Promise<void> =>
      auditWithin(queries).insert({ ...auditedActor(actor), ...event }),
  });
}

function chatSettings({ config }: Pick<Platform, 'config'>) {
  const { streams, runs, jobs, costs } = config;
  return { ...streams, ...runs, ...jobs, ...costs, graceSeconds: streams.resumeGraceSeconds };
}

function mcpParts({ logger, config }: Pick<Platform, 'logger' | 'config'>) {
  return { logger, settings: { ...config.app, version: VERSION } };
}

function spendSettings({ config }: Pick<Platform, 'config'>) {
  const { spending, costs, jobs } = config;
  return {
    ...costs,
    ...jobs,
    streamCaps: {
      free: spending.streamsFree,
      pro: spending.streamsPro,
      enterprise: spending.streamsEnterprise,
    },
  };
}

/** Whether the log is read by developers alone. */
function isForDevelopment({ config }: Pick<Platform, 'config'>): boolean {
  return config.app.environment === 'development' || config.app.environment === 'test';
}

/** Whether clients reach the service over TLS: then cookies are bound to it. */
export function isServedSecurely({ config }: Pick<Platform, 'config'>): boolean {
  return config.app.publicUrl.startsWith('https:');
}
