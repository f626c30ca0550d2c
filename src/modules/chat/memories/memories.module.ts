import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import { createMemoriesRepository } from './memories.repository.ts';
import { registerMemoryRoutes } from './memories.routes.ts';
import { createMemoryService } from './memories.service.ts';
import { registerTakeMemories } from './take-memories.job.ts';
import { createTakeMemories, type TakeMemoriesDependencies } from './take-memories.service.ts';
import { createUnreadWordsRepository } from './unread-words.repository.ts';

export type MemoriesDependencies = Pick<TakeMemoriesDependencies, 'pickModel' | 'instructions'> & {
  readonly database: Database;
  readonly logger: Logger;
};

/** What users want to have remembered across their sessions. */
export function createMemories(dependencies: MemoriesDependencies) {
  const { database } = dependencies;
  const unitOfWork = createUnitOfWork(database, (queries) => ({
    memories: createMemoriesRepository(queries),
  }));
  const memories = createMemoryService({
    ...dependencies,
    unitOfWork,
    memoriesOf: (teamId) => createMemoriesRepository(database.forTeam(teamId)),
  });
  const take = createTakeMemories({
    ...dependencies,
    unitOfWork,
    unreadWords: () => createUnreadWordsRepository(database.forSystem()),
  });
  return {
    recall: memories.recall,
    /** What the job does each minute. */
    take,
    registerRoutes: (app: App) => registerMemoryRoutes(app, { memories }),
    registerJobs: (queue: JobQueue) => registerTakeMemories(queue, take),
  };
}
