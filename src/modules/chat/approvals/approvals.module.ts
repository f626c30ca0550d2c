import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { TeamId } from '#shared/ids';
import { createRunEventsRepository } from '../runs/run-events.repository.ts';
import type { RunTakeover } from '../runs/run-takeover.service.ts';
import { createRunsRepository } from '../runs/runs.repository.ts';
import { registerApprovalRoutes } from './approvals.routes.ts';
import { createApprovalService } from './approvals.service.ts';
import { createDecisionLog, type EventLog } from './decision-log.ts';
import { createWaitingRunsRepository } from './waiting-runs.repository.ts';

export type ApprovalsDependencies = {
  readonly database: Database;
  readonly eventLogWithin: (queries: Queries) => EventLog;
  readonly takeover: Pick<RunTakeover, 'startQueuedRuns'>;
};

export function createApprovals({ database, eventLogWithin, takeover }: ApprovalsDependencies) {
  const approvals = createApprovalService({
    runsOf: (teamId: TeamId) => createRunsRepository(database.forTeam(teamId)),
    runEventsOf: (teamId: TeamId) => createRunEventsRepository(database.forTeam(teamId)),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      runs: createWaitingRunsRepository(queries),
      runEvents: createRunEventsRepository(queries),
      decisions: createDecisionLog(eventLogWithin(queries)),
    })),
    takeover,
  });
  return {
    approvals,
    registerRoutes: (app: App) => registerApprovalRoutes(app, { approvals }),
  };
}
