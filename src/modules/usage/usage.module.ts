import type { Database } from '#platform/db/database';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import { registerPurgeReservations } from './spending/purge-reservations.job.ts';
import { createSpendGuard, type SpendGuardSettings } from './spending/spend-guard.service.ts';
import { createSpendingRepository } from './spending/spending.repository.ts';

export type UsageModuleDependencies = {
  readonly database: Database;
  readonly logger: Logger;
  readonly settings: SpendGuardSettings;
};

export function createUsageModule({ database, logger, settings }: UsageModuleDependencies) {
  const spending = createSpendGuard({
    spendingOf: (teamId) => createSpendingRepository(database.forTeam(teamId)),
    allSpending: () => createSpendingRepository(database.forSystem()),
    settings,
    logger,
  });
  return {
    spending,
    registerJobs: (queue: JobQueue) => registerPurgeReservations(queue, { spending }),
  };
}
