import type {
  AuditLogService,
  AuditWriter,
  ImpersonationService,
  UserAdministration,
} from '#modules/identity';
import type { FailedDocumentService } from '#modules/knowledge';
import type { Cache } from '#platform/cache/cache';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { Clock } from '#platform/clock/clock';
import type { App } from '#platform/http/app';
import type { JobInspector } from '#platform/queue/job-inspector';
import { registerAuditLogRoutes } from './audit-log/audit-log.routes.ts';
import { createFeatureFlagsRepository } from './feature-flags/feature-flags.repository.ts';
import { registerFailedDocumentRoutes } from './failed-documents/failed-documents.routes.ts';
import { createAdminFailedDocuments } from './failed-documents/failed-documents.service.ts';
import { registerFeatureFlagRoutes } from './feature-flags/feature-flags.routes.ts';
import { createFeatureFlagService } from './feature-flags/feature-flags.service.ts';
import { registerJobRoutes } from './jobs/jobs.routes.ts';
import { createJobService } from './jobs/jobs.service.ts';
import { createStatsRepository } from './stats/stats.repository.ts';
import { registerStatsRoutes } from './stats/stats.routes.ts';
import { createStatsService } from './stats/stats.service.ts';
import { createAdminEraser } from './user-eraser.service.ts';
import { registerUserRoutes } from './users/users.routes.ts';

export type AdminModuleDependencies = {
  readonly database: Database;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly queue: { readonly inspector: JobInspector };
  readonly users: UserAdministration;
  readonly impersonation: ImpersonationService;
  readonly auditLog: AuditLogService;
  readonly failedDocuments: FailedDocumentService;
  readonly auditWithin: (queries: Queries) => AuditWriter;
};

/** The operators' side: what only administrators reach. */
export function createAdminModule(dependencies: AdminModuleDependencies) {
  const { database, auditWithin, queue } = dependencies;
  const { inspector } = queue;
  const allFlags = () => createFeatureFlagsRepository(database.unscoped());
  const featureFlags = createFeatureFlagService({
    featureFlags: allFlags,
    unitOfWork: createUnitOfWork(database, (queries) => ({
      featureFlags: createFeatureFlagsRepository(queries),
      auditLog: auditWithin(queries),
    })),
    cache: dependencies.cache,
  });
  const jobs = createJobService({
    inspector,
    unitOfWork: createUnitOfWork(database, (queries) => ({
      jobs: inspector.within(queries),
      auditLog: auditWithin(queries),
    })),
  });
  const failedDocuments = createAdminFailedDocuments({
    ...dependencies,
    unitOfWork: createUnitOfWork(database, (queries) => ({
      documents: dependencies.failedDocuments.within(queries),
      auditLog: auditWithin(queries),
    })),
  });
  const stats = createStatsService({
    ...dependencies,
    inspector,
    stats: () => createStatsRepository(database.forSystem()),
  });
  return {
    /** Asks for a flag in the name of a caller; a module that needs one declares the port, and is given this. */
    featureFlags,
    userEraser: createAdminEraser({ allFlags, featureFlags }),
    registerRoutes(app: App): void {
      registerUserRoutes(app, dependencies);
      registerAuditLogRoutes(app, dependencies);
      registerFeatureFlagRoutes(app, { featureFlags });
      registerJobRoutes(app, { jobs });
      registerFailedDocumentRoutes(app, { failedDocuments });
      registerStatsRoutes(app, { stats });
    },
  };
}
