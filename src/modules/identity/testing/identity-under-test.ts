import type { Cache } from '#platform/cache/cache';
import { createMemoryCache } from '#platform/cache/memory-cache';
import type { Database } from '#platform/db/database';
import { createHttpClient } from '#platform/http-client/http-client';
import { createIncomingWebhooks } from '#platform/incoming-webhooks/incoming-webhooks';
import { registerWebhookJobs } from '#platform/incoming-webhooks/process-webhook.job';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import { createTestQueue } from '#test/test-queue';
import { createIdentityModule, type IdentitySettings } from '../identity.module.ts';
import { createFakeClock } from './fake-clock.ts';
import { createMailbox } from './mailbox.ts';

export const TEST_SETTINGS: IdentitySettings = {
  jwtSecretKey: 'a secret of the tests that is long enough',
  jwtAlgorithm: 'HS256',
  accessTokenMinutes: 30,
  refreshTokenDays: 7,
  refreshGraceSeconds: 10,
  cookieMaxAgeHours: 24,
  cookieRememberDays: 7,
  isCookieSecure: false,
  cacheRevokeSeconds: 5,
  publicUrl: 'http://localhost:8000',
  verificationHours: 24,
  passwordResetMinutes: 60,
  isRegistrationConfirmed: false,
  registrationMode: 'open',
  invitationDays: 7,
  issuers: [],
  isSetupOpenLocally: true,
  auditRetentionDays: 365,
  erasureWaitSeconds: 0,
  impersonationMinutes: 15,
};

/** What several processes can have in common. */
export type IdentityTestParts = { readonly cache?: Cache };

/** The module on real parts, with a clock to move, jobs to run, mails to read and the log lines it wrote. */
export function buildIdentity(
  database: Database,
  settings: Partial<IdentitySettings> = {},
  parts: IdentityTestParts = {},
) {
  const clock = createFakeClock();
  const metrics = createMetrics();
  const queue = createTestQueue();
  const mailbox = createMailbox();
  const logLines: string[] = [];
  const destination = { write: (line: string) => void logLines.push(line) };
  const logger = createLogger({ level: 'info', format: 'json', destination });
  const webhooks = createIncomingWebhooks({ database, queue, clock, logger, metrics });
  const identity = createIdentityModule({
    database,
    cache: parts.cache ?? createMemoryCache({ metrics }),
    queue,
    email: mailbox,
    webhooks,
    httpClient: createHttpClient({ allowedHosts: [] }),
    clock,
    logger,
    metrics,
    settings: { ...TEST_SETTINGS, ...settings },
  });
  identity.registerJobs(queue);
  registerWebhookJobs(queue, { webhooks });
  return { identity, clock, metrics, queue, mailbox, logger, logLines };
}
