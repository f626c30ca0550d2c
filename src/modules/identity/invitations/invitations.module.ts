import type { EmailSender } from '#modules/messaging';
import type { Clock } from '#platform/clock/clock';
import { createUnitOfWork, type Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import type { TeamId } from '#shared/ids';
import type { MailUrls } from '../account-mails/account-mail-content.ts';
import { createAuditLogRepository } from '../audit/audit-log.repository.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type { OneTimeSecrets } from '../one-time-tokens/one-time-secret.provider.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import type { RegistrationMode } from '../registration/registration.policy.ts';
import { createTeamMembersRepository } from '../teams/team-members.repository.ts';
import { createTeamsRepository } from '../teams/teams.repository.ts';
import { createUsersRepository } from '../users/users.repository.ts';
import { registerInvitationAcceptanceRoutes } from './invitation-acceptance.routes.ts';
import { createInvitationAcceptance } from './invitation-acceptance.service.ts';
import { createInvitationMailService } from './invitation-mails.service.ts';
import { createInvitationsRepository } from './invitations.repository.ts';
import { registerInvitationRoutes } from './invitations.routes.ts';
import { createInvitationService } from './invitations.service.ts';
import { registerPurgeInvitations } from './purge-invitations.job.ts';
import { registerSendInvitation } from './send-invitation.job.ts';

export type InvitationsDependencies = {
  readonly database: Database;
  readonly queue: Pick<JobQueue, 'within'>;
  readonly email: EmailSender;
  readonly clock: Clock;
  readonly credentials: CredentialService;
  readonly passwords: PasswordService;
  readonly secrets: OneTimeSecrets;
  readonly authLog: AuthLog;
  readonly urls: MailUrls;
  readonly settings: {
    readonly invitationDays: number;
    readonly registrationMode: RegistrationMode;
  };
};

/** Invitations to teams: written, mailed, accepted. */
export function createInvitations(dependencies: InvitationsDependencies) {
  const { database, queue, settings } = dependencies;
  const shared = {
    ...dependencies,
    ...settings,
    teamsOf: (teamId: TeamId) => createTeamsRepository(database.forTeam(teamId)),
    invitationsOf: (teamId: TeamId) => createInvitationsRepository(database.forTeam(teamId)),
    allInvitations: () => createInvitationsRepository(database.forSystem()),
    users: () => createUsersRepository(database.forSystem()),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      users: createUsersRepository(queries),
      teams: createTeamsRepository(queries),
      teamMembers: createTeamMembersRepository(queries),
      invitations: createInvitationsRepository(queries),
      auditLog: createAuditLogRepository(queries),
      jobs: queue.within(queries),
    })),
  };
  const invitations = createInvitationService(shared);
  const acceptance = createInvitationAcceptance(shared);
  const invitationMails = createInvitationMailService(shared);
  return {
    registerRoutes(app: App): void {
      registerInvitationRoutes(app, { invitations });
      registerInvitationAcceptanceRoutes(app, { acceptance });
    },
    registerJobs(jobs: JobQueue): void {
      registerSendInvitation(jobs, { invitationMails });
      registerPurgeInvitations(jobs, { invitations });
    },
  };
}
