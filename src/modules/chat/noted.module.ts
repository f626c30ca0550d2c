import type { Database } from '#platform/db/database';
import type { JobQueue } from '#platform/queue/job-queue';
import type { TeamId } from '#shared/ids';
import type { RunStreams } from './runs/run-streams.service.ts';
import { createSessionRunsRepository } from './runs/session-runs.repository.ts';
import { createSessionRunService } from './runs/session-runs.service.ts';
import { createNotedSessionsRepository } from './sessions/noted-sessions.repository.ts';
import { createNotedSessionService } from './sessions/noted-sessions.service.ts';
import { registerPurgeSessions } from './sessions/purge-sessions.job.ts';
import type { ProjectReader } from './sessions/sessions.service.ts';

export type NotedPartDependencies = {
  readonly database: Database;
  readonly projects: ProjectReader;
  readonly streams: Pick<RunStreams, 'follow'>;
};

/** Sessions and runs as programs keep them, for a wire of their own. */
export function createNotedPart({ database, projects, streams }: NotedPartDependencies) {
  const notedSessionsOf = (teamId: TeamId) =>
    createNotedSessionsRepository(database.forTeam(teamId));
  const notedSessions = createNotedSessionService({
    notedSessionsOf,
    allNotedSessions: () => createNotedSessionsRepository(database.forSystem()),
    projects,
  });
  const sessionRunsOf = (teamId: TeamId) => createSessionRunsRepository(database.forTeam(teamId));
  return {
    notedSessions,
    sessionRuns: createSessionRunService({ sessionRunsOf, streams }),
    registerJobs: (queue: JobQueue) => registerPurgeSessions(queue, { sessions: notedSessions }),
  };
}
