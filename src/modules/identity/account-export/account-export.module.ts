import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { Logger } from '#platform/telemetry/logger';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { createAccountExporter } from './account-exporter.service.ts';
import { registerAccountExportRoutes } from './account-export.routes.ts';
import { createAccountExportService } from './account-export.service.ts';
import { createAccountRecordsRepository } from './account-records.repository.ts';
import { createExportLeasesRepository } from './export-leases.repository.ts';
import { createZipArchive } from './zip-archive.provider.ts';

export type AccountExportModuleDependencies = {
  readonly database: Database;
  readonly credentials: CredentialService;
  readonly logger: Logger;
};

/** The part of identity that gives users their data. */
export function createAccountExport(dependencies: AccountExportModuleDependencies) {
  const { database } = dependencies;
  const accountExport = createAccountExportService({
    ...dependencies,
    exportLeases: () => createExportLeasesRepository(database.unscoped()),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      exportLeases: createExportLeasesRepository(queries),
      auditLog: createAuditLogRepository(queries),
    })),
    createArchive: createZipArchive,
    accountExporter: createAccountExporter(() =>
      createAccountRecordsRepository(database.forSystem()),
    ),
  });
  return {
    addExporter: accountExport.addExporter,
    registerRoutes: (app: App) => registerAccountExportRoutes(app, { accountExport }),
  };
}
