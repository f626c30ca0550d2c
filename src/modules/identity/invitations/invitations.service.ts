import type { Clock } from '#platform/clock/clock';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Actor, TeamRole } from '#shared/actor';
import { newId, type InvitationId, type TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import { auditedActor, type AuditAction } from '../audit/audit-entry.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { OneTimeSecrets } from '../one-time-tokens/one-time-secret.provider.ts';
import { getTeam, lockTeam, type TeamFinder } from '../teams/team-access.ts';
import type { TeamMembersRepository } from '../teams/team-members.repository.ts';
import { assertManages, assertShared } from '../teams/teams.policy.ts';
import type { TeamsRepository } from '../teams/teams.repository.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type {
  InvitationListing,
  InvitationRecord,
  InvitationsRepository,
} from './invitations.repository.ts';
import { sendInvitation } from './send-invitation.job.ts';

type Repositories = {
  readonly teams: TeamFinder & Pick<TeamsRepository, 'lock'>;
  readonly teamMembers: Pick<TeamMembersRepository, 'hasAddress'>;
  readonly invitations: InvitationsRepository;
  readonly auditLog: AuditLogRepository;
  readonly jobs: JobWriter;
};

export type InvitationServiceDependencies = {
  readonly teamsOf: (teamId: TeamId) => TeamFinder;
  readonly invitationsOf: (teamId: TeamId) => Pick<InvitationsRepository, 'list'>;
  readonly allInvitations: () => Pick<InvitationsRepository, 'purgeExpired'>;
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly secrets: OneTimeSecrets;
  readonly clock: Clock;
  readonly invitationDays: number;
};

type WithTeam = { readonly teamId: TeamId };
type WithInvitation = WithTeam & { readonly id: InvitationId };
type CreateInvitationInput = WithTeam & { readonly email: EmailAddress; readonly role: TeamRole };

const DAY_MS = 86_400_000;
/** An expired invitation can be mailed again for that long. */
const KEPT_DAYS = 30;
const MAIL_PAUSE_SECONDS = 60;
const MS_PER_SECOND = 1000;
const PERMISSION = 'invitations.change';

export type InvitationService = ReturnType<typeof createInvitationService>;

export function createInvitationService(dependencies: InvitationServiceDependencies) {
  const { teamsOf, invitationsOf, allInvitations, unitOfWork, secrets, clock } = dependencies;

  const expiresAt = () => new Date(clock.now().getTime() + dependencies.invitationDays * DAY_MS);

  /** The invitation, in a transaction of a caller who may give its role. */
  async function change<T>(
    actor: Actor,
    { teamId, id }: WithInvitation,
    work: (repositories: Repositories, invitation: InvitationRecord) => Promise<T>,
  ): Promise<T> {
    return unitOfWork.run(teamScope(teamId), async (repositories) => {
      const options = { id: teamId, permission: PERMISSION } as const;
      const team = await lockTeam(repositories.teams, actor, options);
      const invitation = await repositories.invitations.find({ teamId, id });
      if (!invitation) throw notFound('invitation', id);
      assertManages(team.role, [invitation.role]);
      return work(repositories, invitation);
    });
  }

  return {
    /**
     * Invites an address and mails it, in one transaction.
     * @throws NOT_FOUND, FORBIDDEN for a role above the caller's, CONFLICT for a personal team, DUPLICATE
     */
    async create(actor: Actor, input: CreateInvitationInput): Promise<InvitationRecord> {
      const { teamId, email, role } = input;
      return unitOfWork.run(teamScope(teamId), async (repositories) => {
        const options = { id: teamId, permission: PERMISSION } as const;
        const team = await lockTeam(repositories.teams, actor, options);
        assertShared(team);
        assertManages(team.role, [role]);
        if (await repositories.teamMembers.hasAddress(teamId, email)) throw isMember();
        await repositories.invitations.removeExpired(teamId, email, clock.now());
        const id = newId<InvitationId>();
        const tokenHash = secrets.hashOf(secrets.tokenOf('invitation', id));
        const times = { tokenHash, expiresAt: expiresAt() };
        const draft = { ...input, ...times, id, invitedById: actor.userId };
        const invitation = await repositories.invitations.insert(draft);
        if (!invitation) throw isInvited();
        await record(repositories, actor, { action: 'invitation.created', invitation });
        await repositories.jobs.enqueue(sendInvitation, { invitationId: id });
        return invitation;
      });
    },

    /** Those that are open or expired not long ago. @throws NOT_FOUND, FORBIDDEN */
    async list(
      actor: Actor,
      { teamId, ...listing }: WithTeam & InvitationListing,
    ): Promise<Page<InvitationRecord>> {
      const team = await getTeam(teamsOf(teamId), actor, teamId);
      assertAllowed({ teamRole: team.role }, PERMISSION);
      return invitationsOf(teamId).list(teamId, listing);
    },

    /** Mails it again and lets it hold anew. @throws NOT_FOUND, FORBIDDEN, RATE_LIMITED */
    async resend(actor: Actor, input: WithInvitation): Promise<InvitationRecord> {
      return change(actor, input, async (repositories, invitation) => {
        assertMailedLongAgo(invitation, clock.now());
        await repositories.invitations.renew(invitation, expiresAt());
        await record(repositories, actor, { action: 'invitation.resent', invitation });
        await repositories.jobs.enqueue(sendInvitation, { invitationId: invitation.id });
        return { ...invitation, expiresAt: expiresAt().toISOString() };
      });
    },

    /** Its token is worth nothing any more. @throws NOT_FOUND, FORBIDDEN */
    async revoke(actor: Actor, input: WithInvitation): Promise<void> {
      await change(actor, input, async (repositories, invitation) => {
        await repositories.invitations.remove(invitation);
        await record(repositories, actor, { action: 'invitation.revoked', invitation });
      });
    },

    async purgeExpired(): Promise<void> {
      await allInvitations().purgeExpired(new Date(clock.now().getTime() - KEPT_DAYS * DAY_MS));
    },
  };
}

/** The address stands in the invitation, and not in a log that outlives it. */
async function record(
  { auditLog }: Repositories,
  actor: Actor,
  { action, invitation }: { readonly action: AuditAction; readonly invitation: InvitationRecord },
): Promise<void> {
  await auditLog.insert({
    ...auditedActor(actor),
    action,
    target: { type: 'invitation', id: invitation.id },
    after: { team_id: invitation.teamId, role: invitation.role },
  });
}

function assertMailedLongAgo({ mailedAt }: InvitationRecord, now: Date): void {
  if (mailedAt === null) return;
  const pastSeconds = (now.getTime() - Date.parse(mailedAt)) / MS_PER_SECOND;
  const retryAfterSeconds = Math.ceil(MAIL_PAUSE_SECONDS - pastSeconds);
  if (retryAfterSeconds <= 0) return;
  const message = `It was mailed just now. Retry after ${retryAfterSeconds} seconds.`;
  throw new AppError('rate_limited', message, {
    reason: 'invitation.just_mailed',
    retryAfterSeconds,
  });
}

function isMember(): AppError {
  return new AppError('duplicate', 'Somebody with this address is in the team already', {
    reason: 'team.already_member',
  });
}

function isInvited(): AppError {
  return new AppError('duplicate', 'The address is invited already: mail it again or revoke it', {
    reason: 'invitation.open',
  });
}
