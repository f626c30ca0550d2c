import type { AuditWriter } from '#modules/identity';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import { createSpendLimitsRepository } from './limits/spend-limits.repository.ts';
import { registerSpendLimitRoutes } from './limits/spend-limits.routes.ts';
import { createSpendLimitService } from './limits/spend-limits.service.ts';
import { createUsageRepository } from './records/usage.repository.ts';
import { registerUsageRoutes } from './records/usage.routes.ts';
import { createUsageService } from './records/usage.service.ts';
import { registerPurgeReservations } from './spending/purge-reservations.job.ts';
import { createSpendGuard, type SpendGuardSettings } from './spending/spend-guard.service.ts';
import { createSpendingRepository } from './spending/spending.repository.ts';
import { createUsageEraser } from './usage-eraser.service.ts';
import { createUsageTracesRepository } from './usage-traces.repository.ts';

export type UsageModuleDependencies = {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly auditWithin: (queries: Queries) => AuditWriter;
  readonly settings: SpendGuardSettings;
};

export function createUsageModule(dependencies: UsageModuleDependencies) {
  const { database, clock, logger, auditWithin, settings } = dependencies;
  const { currency } = settings;
  const spending = createSpendGuard({
    spendingOf: (teamId) => createSpendingRepository(database.forTeam(teamId)),
    allSpending: () => createSpendingRepository(database.forSystem()),
    settings,
    logger,
  });
  const spendLimits = createSpendLimitService({
    unitOfWork: createUnitOfWork(database, (queries) => ({
      spendLimits: createSpendLimitsRepository(queries),
      auditLog: auditWithin(queries),
    })),
    onChange: spending.giveBackAhead,
  });
  const usage = createUsageService({
    usageOf: (teamId) => createUsageRepository(database.forTeam(teamId)),
    clock,
    currency,
  });
  return {
    spending,
    /** To be added to identity's. */
    userEraser: createUsageEraser(() => createUsageTracesRepository(database.forSystem())),
    registerRoutes(app: App): void {
      registerSpendLimitRoutes(app, { spendLimits, currency });
      registerUsageRoutes(app, { usage, currency });
    },
    registerJobs: (queue: JobQueue) => registerPurgeReservations(queue, { spending }),
  };
}
