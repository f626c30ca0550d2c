import type { Clock } from '#platform/clock/clock';
import type { Database } from '#platform/db/database';
import { createOwnedRows } from '#platform/db/owned-rows';
import type { JobQueue } from '#platform/queue/job-queue';
import { createOwnFilesRepository } from './own-files.repository.ts';
import { createUserFileExporter } from './file-exporter.service.ts';
import { createUserFileEraser } from './file-eraser.service.ts';
import { createFilesRepository } from './files.repository.ts';
import { createFileService } from './files.service.ts';
import { createLocalStorage } from './providers/local/local-storage.provider.ts';
import { registerSweepFiles } from './sweep-files.job.ts';

export type FilesModuleDependencies = {
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: { readonly localPath: string };
};

export function createFilesModule({ database, clock, settings }: FilesModuleDependencies) {
  const storage = createLocalStorage({ path: settings.localPath });
  const files = createFileService({
    storage,
    filesOf: (teamId) => createFilesRepository(database.forTeam(teamId)),
    allFiles: () => createFilesRepository(database.forSystem()),
    within: createFilesRepository,
    clock,
  });
  return {
    files,
    storage,
    /** To be added to identity's, after what refers to files. */
    userEraser: createUserFileEraser({
      ownedFiles: () => createOwnedRows(database.forSystem(), 'files'),
      allFiles: () => createFilesRepository(database.forSystem()),
      storage,
    }),
    userExporter: createUserFileExporter({
      ownFilesOf: (teamId) => createOwnFilesRepository(database.forTeam(teamId)),
      storage,
    }),
    registerJobs: (queue: JobQueue) => registerSweepFiles(queue, { files }),
  };
}
