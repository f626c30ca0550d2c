import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import type { TeamId } from '#shared/ids';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { createInvitationsRepository } from '../invitations/invitations.repository.ts';
import { registerPurgeTeams } from './purge-teams.job.ts';
import { createTeamMembersRepository } from './team-members.repository.ts';
import { registerTeamMemberRoutes } from './team-members.routes.ts';
import { createTeamMemberService } from './team-members.service.ts';
import { createTeamPurge } from './team-purge.service.ts';
import { createTeamsRepository } from './teams.repository.ts';
import { registerTeamRoutes } from './teams.routes.ts';
import { createTeamService } from './teams.service.ts';

export type TeamsDependencies = {
  readonly database: Database;
  readonly queue: Pick<JobQueue, 'within'>;
  readonly credentials: CredentialService;
};

/** Teams and who is in them. */
export function createTeams({ database, queue, credentials }: TeamsDependencies) {
  const shared = {
    teamsOf: (teamId: TeamId) => createTeamsRepository(database.forTeam(teamId)),
    teamMembersOf: (teamId: TeamId) => createTeamMembersRepository(database.forTeam(teamId)),
    allTeams: () => createTeamsRepository(database.forSystem()),
    credentials,
    unitOfWork: createUnitOfWork(database, (queries) => ({
      teams: createTeamsRepository(queries),
      teamMembers: createTeamMembersRepository(queries),
      invitations: createInvitationsRepository(queries),
      auditLog: createAuditLogRepository(queries),
      jobs: queue.within(queries),
    })),
  };
  const teams = createTeamService(shared);
  const teamMembers = createTeamMemberService(shared);
  const purge = createTeamPurge(shared);
  return {
    addEraser: purge.addEraser,
    registerRoutes(app: App): void {
      registerTeamRoutes(app, { teams });
      registerTeamMemberRoutes(app, { teamMembers });
    },
    registerJobs: (jobs: JobQueue) => registerPurgeTeams(jobs, { purge }),
  };
}
