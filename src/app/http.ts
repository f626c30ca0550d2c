import { presentMcpError } from '#modules/mcp';
import { presentOpenAiError } from '#modules/openai';
import { createHttpApp, mountRoutes, type App } from '#platform/http/app';
import { createIdempotencyRepository } from '#platform/idempotency/idempotency.repository';
import type { Modules } from './compose.ts';
import { isServedSecurely } from './compose.ts';
import type { Platform } from './platform.ts';
import { createRatePolicies } from './rate-policies.ts';
import { VERSION } from './version.ts';

const PING_TIMEOUT_MS = 1500;
const API_PREFIX = '/api/v1';
const OPENAI_PREFIX = '/v1';
const MCP_PREFIX = '/mcp';
const LANGGRAPH_PREFIX = '/langgraph';

/** The HTTP server with every module's routes. */
export async function createHttp(platform: Platform, modules: Modules): Promise<App> {
  const { config, database, metrics, redis } = platform;
  const app = await createHttpApp({
    ...platform,
    authenticate: modules.identity.authenticate,
    revalidate: modules.identity.revalidate,
    idempotencyOf: (teamId) => createIdempotencyRepository(database.forTeam(teamId)),
    topics: [...modules.chat.topics, ...modules.knowledge.topics],
    ratePolicies: createRatePolicies(config.rateLimits),
    checks: [
      { name: 'database', isRequired: true, check: () => database.ping(PING_TIMEOUT_MS) },
      { name: 'storage', isRequired: true, check: () => modules.files.storage.ping() },
      ...(redis ? [{ name: 'redis', isRequired: false, check: () => redis.ping() }] : []),
      ...modules.knowledge.checks,
    ],
    renderMetrics: () => metrics.registry.metrics(),
    settings: {
      ...config.app,
      version: VERSION,
      isSecure: isServedSecurely(platform),
      areDocsEnabled: config.app.hasDocs,
      metricsToken: config.telemetry.metricsToken,
    },
  });
  mountRoutes(app, { prefix: API_PREFIX }, modules.registerRoutes);
  mountRoutes(
    app,
    { prefix: OPENAI_PREFIX, presentFault: presentOpenAiError },
    modules.openai.registerRoutes,
  );
  mountRoutes(
    app,
    { prefix: MCP_PREFIX, presentFault: presentMcpError },
    modules.mcp.registerRoutes,
  );
  mountRoutes(app, { prefix: LANGGRAPH_PREFIX }, modules.langgraph.registerRoutes);
  return app;
}
