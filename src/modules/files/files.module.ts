import type { Clock } from '#platform/clock/clock';
import type { Database } from '#platform/db/database';
import type { JobQueue } from '#platform/queue/job-queue';
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
    registerJobs: (queue: JobQueue) => registerSweepFiles(queue, { files }),
  };
}
