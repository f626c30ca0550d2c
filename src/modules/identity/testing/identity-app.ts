import type { Database } from '#platform/db/database';
import { createHttpApp, mountRoutes } from '#platform/http/app';
import type { RatePolicy } from '#platform/rate-limit/rate-limiter';
import { createMemoryRateLimiter } from '#platform/rate-limit/memory-rate-limiter';
import { createIdempotencyRepository } from '#platform/idempotency/idempotency.repository';
import type { IdentitySettings } from '../identity.module.ts';
import { buildIdentity, type IdentityTestParts } from './identity-under-test.ts';

const UNLIMITED: RatePolicy = {
  name: 'default',
  windows: [{ limit: 1_000_000, windowSeconds: 60, text: '1000000/minute' }],
  isGuarded: false,
};
const UNLIMITED_TIERS = { free: UNLIMITED, pro: UNLIMITED, enterprise: UNLIMITED };

/** The module's routes behind the real stages of a request, without limits of rate. */
export async function buildIdentityApp(
  database: Database,
  settings: Partial<IdentitySettings> = {},
  parts: IdentityTestParts = {},
) {
  const built = buildIdentity(database, settings, parts);
  const { identity, metrics, logger } = built;
  const app = await createHttpApp({
    logger,
    metrics,
    rateLimiter: createMemoryRateLimiter(),
    ratePolicies: {
      default: UNLIMITED,
      register: UNLIMITED,
      login: UNLIMITED,
      export: UNLIMITED,
      invite: UNLIMITED,
      webhook: UNLIMITED,
      chat: UNLIMITED_TIERS,
      'chat-stream': UNLIMITED_TIERS,
    },
    authenticate: identity.authenticate,
    revalidate: identity.revalidate,
    idempotencyOf: (teamId) => createIdempotencyRepository(database.forTeam(teamId)),
    checks: [],
    renderMetrics: () => metrics.registry.metrics(),
    settings: {
      version: 'test',
      isSecure: settings.isCookieSecure ?? false,
      publicUrl: 'http://localhost',
      corsOrigins: [],
      trustProxy: false,
      bodyLimitBytes: 2_097_152,
      responseEnvelope: 'none',
      areDocsEnabled: false,
      metricsToken: undefined,
    },
  });
  mountRoutes(app, { prefix: '/api/v1' }, identity.registerRoutes);
  await app.ready();
  return { ...built, app };
}
