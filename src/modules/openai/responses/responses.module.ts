import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import type { TeamId } from '#shared/ids';
import { createConversationItemsRepository } from '../conversations/conversation-items.repository.ts';
import { registerPurgeResponses } from './purge-responses.job.ts';
import { createResponsesRepository } from './responses.repository.ts';
import { registerResponseRoutes } from './responses.routes.ts';
import { createResponseService, type ResponseServiceDependencies } from './responses.service.ts';

export type ResponsesDependencies = Omit<
  ResponseServiceDependencies,
  'responsesOf' | 'allResponses' | 'unitOfWork'
> & { readonly database: Database };

/** A response may be large. */
const ERASE_BATCH = 100;

/** Answers that are kept for what follows. */
export function createResponsesPart({ database, ...dependencies }: ResponsesDependencies) {
  const responsesOf = (teamId: TeamId) => createResponsesRepository(database.forTeam(teamId));
  const allResponses = () => createResponsesRepository(database.forSystem());
  const unitOfWork = createUnitOfWork(database, (queries) => ({
    responses: createResponsesRepository(queries),
    items: createConversationItemsRepository(queries),
  }));
  const parts = { responsesOf, allResponses, unitOfWork };
  const responses = createResponseService({ ...dependencies, ...parts });
  return {
    ownTables: [{ table: 'responses', rows: allResponses, batch: ERASE_BATCH }],
    ownFiles: [{ name: 'responses.jsonl', rowsOf: responsesOf }],
    registerRoutes: (app: App) => registerResponseRoutes(app, { responses }),
    registerJobs: (queue: JobQueue) => registerPurgeResponses(queue, { responses }),
  };
}
