import { setTimeout as sleep } from 'node:timers/promises';
import type { Cache } from '#platform/cache/cache';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import { createAdministeredUsersRepository } from '../administration/administered-users.repository.ts';
import type { ApiKeyGrantService } from '../api-keys/api-key-grants.service.ts';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import { createAuditPseudonymsRepository } from '../audit/audit-pseudonyms.repository.ts';
import { createAuditPseudonyms } from '../audit/audit-pseudonyms.service.ts';
import { createAuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { createSignInAttemptsRepository } from '../auth/sign-in-attempts.repository.ts';
import type { PasswordProof } from '../users/password-proof.service.ts';
import { createAccountEraser } from './account-eraser.service.ts';
import { createAccountRowsRepository } from './account-rows.repository.ts';
import { createDeparturesRepository } from './departures.repository.ts';
import { registerEraseUser } from './erase-user.job.ts';
import { registerErasureRoutes } from './erasure.routes.ts';
import { createErasureService } from './erasure.service.ts';
import { createErasuresRepository } from './erasures.repository.ts';
import { createErasingService } from './erasing.service.ts';

export type ErasureDependencies = {
  readonly database: Database;
  readonly queue: Pick<JobQueue, 'within'>;
  readonly cache: Cache;
  readonly credentials: CredentialService;
  readonly apiKeyGrants: Pick<ApiKeyGrantService, 'forget'>;
  readonly passwordProof: PasswordProof;
  readonly clock: Clock;
  readonly settings: { readonly erasureWaitSeconds: number; readonly isCookieSecure: boolean };
};

/** The part of identity that takes accounts away again. */
export function createErasure(dependencies: ErasureDependencies) {
  const { database, queue, settings } = dependencies;
  const repositories = {
    erasures: () => createErasuresRepository(database.unscoped()),
    departures: () => createDeparturesRepository(database.forSystem()),
    accountRows: () => createAccountRowsRepository(database.forSystem()),
    auditPseudonyms: () => createAuditPseudonymsRepository(database.unscoped()),
    signInAttempts: () => createSignInAttemptsRepository(database.unscoped()),
  };
  const unitOfWork = createUnitOfWork(database, (queries: Queries) => ({
    erasures: createErasuresRepository(queries),
    administeredUsers: createAdministeredUsersRepository(queries),
    departures: createDeparturesRepository(queries),
    authSessions: createAuthSessionsRepository(queries),
    auditLog: createAuditLogRepository(queries),
    auditPseudonyms: createAuditPseudonymsRepository(queries),
    jobs: queue.within(queries),
  }));
  const shared = { ...dependencies, ...repositories, unitOfWork };
  const erasures = createErasureService({
    ...shared,
    wait: (milliseconds, signal) =>
      sleep(milliseconds, undefined, { signal }).catch(() => undefined),
  });
  const erasing = createErasingService({
    ...shared,
    accountEraser: createAccountEraser(shared),
    auditPseudonyms: createAuditPseudonyms(shared),
  });
  return {
    erasures,
    addEraser: erasing.addEraser,
    registerRoutes: (app: App) => registerErasureRoutes(app, { erasures, settings }),
    registerJobs: (jobs: JobQueue) => registerEraseUser(jobs, { erasing }),
  };
}
