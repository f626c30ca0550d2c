import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import { createOwnedRows } from '#platform/db/owned-rows';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import type { TeamId } from '#shared/ids';
import { createOwnFilesRepository } from './own-files.repository.ts';
import { createUserFileExporter } from './file-exporter.service.ts';
import { createUserFileEraser } from './file-eraser.service.ts';
import { createFileLibrary } from './file-library.service.ts';
import { createAllFilesRepository } from './all-files.repository.ts';
import { createFilesRepository } from './files.repository.ts';
import { registerFileRoutes } from './files.routes.ts';
import { createFileService } from './files.service.ts';
import { createLocalStorage } from './providers/local/local-storage.provider.ts';
import { registerPurgeFiles } from './purge-files.job.ts';
import { registerSweepFiles } from './sweep-files.job.ts';
import { createUploadsRepository } from './uploads/uploads.repository.ts';
import { createUploadService } from './uploads/uploads.service.ts';

export type FilesModuleDependencies = {
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: {
    readonly localPath: string;
    readonly maxUploadBytes: number;
    readonly trashRetentionDays: number;
  };
};

export function createFilesModule({ database, clock, settings }: FilesModuleDependencies) {
  const storage = createLocalStorage({ path: settings.localPath });
  const allFiles = () => createAllFilesRepository(database.forSystem());
  const allUploads = () => createUploadsRepository(database.forSystem());
  const filesOf = (teamId: TeamId) => createFilesRepository(database.forTeam(teamId));
  const unitOfWork = createUnitOfWork(database, (queries: Queries) => ({
    files: createFilesRepository(queries),
    uploads: createUploadsRepository(queries),
    queries,
  }));
  const files = createFileService({
    within: createFilesRepository,
    storage,
    filesOf,
    allFiles,
    clock,
  });
  const library = createFileLibrary({ filesOf, allFiles, unitOfWork, files, clock, settings });
  const uploads = createUploadService({
    uploadsOf: (teamId) => createUploadsRepository(database.forTeam(teamId)),
    expiryAfter: library.expiryAfter,
    allUploads,
    unitOfWork,
    files,
    storage,
    clock,
    settings,
  });
  return {
    files,
    library,
    uploads,
    storage,
    /** To be added to identity's, after what refers to files. */
    userEraser: createUserFileEraser({
      ownedFiles: () => createOwnedRows(database.forSystem(), 'files'),
      allFiles,
      allUploads,
      storage,
    }),
    userExporter: createUserFileExporter({
      ownFilesOf: (teamId) => createOwnFilesRepository(database.forTeam(teamId)),
      storage,
    }),
    registerRoutes: (app: App) => registerFileRoutes(app, { library, settings }),
    registerJobs(queue: JobQueue): void {
      registerSweepFiles(queue, { files });
      registerPurgeFiles(queue, { library, uploads });
    },
  };
}
