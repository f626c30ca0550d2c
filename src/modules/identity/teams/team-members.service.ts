import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor, TeamRole } from '#shared/actor';
import type { TeamId, UserId } from '#shared/ids';
import type { Page } from '#shared/page';
import { MANAGED_ROLES, TEAM_ROLES } from '#shared/team-permissions';
import { auditedActor, type AuditAction } from '../audit/audit-entry.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type { InvitationsRepository } from '../invitations/invitations.repository.ts';
import { getTeam, lockTeam, type TeamFinder } from './team-access.ts';
import type {
  TeamMemberListing,
  TeamMemberRecord,
  TeamMembersRepository,
} from './team-members.repository.ts';
import { assertManages, assertShared } from './teams.policy.ts';
import type { Membership, TeamRecord, TeamsRepository } from './teams.repository.ts';

type Repositories = {
  readonly teams: TeamFinder & Pick<TeamsRepository, 'lock'>;
  readonly teamMembers: TeamMembersRepository;
  readonly invitations: Pick<InvitationsRepository, 'removeOfAuthor'>;
  readonly auditLog: AuditLogRepository;
};

export type TeamMemberServiceDependencies = {
  readonly teamsOf: (teamId: TeamId) => TeamFinder;
  readonly teamMembersOf: (teamId: TeamId) => Pick<TeamMembersRepository, 'list'>;
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly credentials: Pick<CredentialService, 'forgetAccount'>;
};

type WithTeam = { readonly id: TeamId };
type WithMember = WithTeam & { readonly userId: UserId };

/** Whoever hands a team over stays to help. */
const FORMER_OWNER: TeamRole = 'admin';

export type TeamMemberService = ReturnType<typeof createTeamMemberService>;

/** Each change holds the lock of the team, so that of two owners who demote each other one stays. */
export function createTeamMemberService(dependencies: TeamMemberServiceDependencies) {
  const { teamsOf, teamMembersOf, unitOfWork, credentials } = dependencies;

  async function leave(actor: Actor, { id }: WithTeam): Promise<void> {
    await unitOfWork.run(teamScope(id), async (repositories) => {
      const team = await lockTeam(repositories.teams, actor, { id, permission: 'team.leave' });
      assertShared(team);
      const member = await getMember(repositories, { teamId: team.id, userId: actor.userId });
      await end(repositories, { team, member });
      await record(repositories, actor, { action: 'member.left', team, member });
    });
    await credentials.forgetAccount(actor.userId);
  }

  return {
    leave,

    /** @throws NOT_FOUND for a team that the caller is not in */
    async list(
      actor: Actor,
      { id, ...listing }: WithTeam & TeamMemberListing,
    ): Promise<Page<TeamMemberRecord>> {
      await getTeam(teamsOf(id), actor, id);
      return teamMembersOf(id).list(id, listing);
    },

    /** @throws NOT_FOUND, FORBIDDEN for a role above the caller's, CONFLICT for the last owner's */
    async changeRole(
      actor: Actor,
      { id, userId, role }: WithMember & { readonly role: TeamRole },
    ): Promise<TeamMemberRecord> {
      const membership = { teamId: id, userId };
      const changed = await unitOfWork.run(teamScope(id), async (repositories) => {
        const permission = 'members.change';
        const team = await lockTeam(repositories.teams, actor, { id, permission });
        const member = await getMember(repositories, membership);
        assertManages(team.role, [member.role, role]);
        await setRole(repositories, { team, member, role });
        await record(repositories, actor, { action: 'member.role_changed', team, member, role });
        return getMember(repositories, membership);
      });
      await credentials.forgetAccount(changed.userId);
      return changed;
    },

    /** Who removes themselves leaves. @throws NOT_FOUND, FORBIDDEN, CONFLICT for the last owner */
    async remove(actor: Actor, { id, userId }: WithMember): Promise<void> {
      if (isSame(userId, actor.userId)) return leave(actor, { id });
      const removed = await unitOfWork.run(teamScope(id), async (repositories) => {
        const permission = 'members.change';
        const team = await lockTeam(repositories.teams, actor, { id, permission });
        const member = await getMember(repositories, { teamId: id, userId });
        assertManages(team.role, [member.role]);
        await end(repositories, { team, member });
        await record(repositories, actor, { action: 'member.removed', team, member });
        return member;
      });
      await credentials.forgetAccount(removed.userId);
    },

    /** Makes another member an owner in the caller's stead. @throws NOT_FOUND, FORBIDDEN, CONFLICT */
    async transfer(actor: Actor, { id, userId }: WithMember): Promise<TeamMemberRecord> {
      const membership = { teamId: id, userId };
      const heir = await unitOfWork.run(teamScope(id), async (repositories) => {
        const permission = 'team.transfer';
        const team = await lockTeam(repositories.teams, actor, { id, permission });
        const member = await getMember(repositories, membership);
        if (isSame(userId, actor.userId)) throw ownedAlready(userId);
        const own = await getMember(repositories, { teamId: id, userId: actor.userId });
        await setRole(repositories, { team, member, role: 'owner' });
        await setRole(repositories, { team, member: own, role: FORMER_OWNER });
        await record(repositories, actor, {
          action: 'team.transferred',
          team,
          member,
          role: 'owner',
        });
        return getMember(repositories, membership);
      });
      await credentials.forgetAccount(heir.userId);
      await credentials.forgetAccount(actor.userId);
      return heir;
    },
  };
}

type Change = { readonly team: TeamRecord; readonly member: TeamMemberRecord };

async function getMember(
  { teamMembers }: Repositories,
  membership: Membership,
): Promise<TeamMemberRecord> {
  const member = await teamMembers.find(membership);
  if (!member) throw notFound('member', membership.userId);
  return member;
}

/** @throws CONFLICT where that leaves nobody to own the team */
async function setRole(
  repositories: Repositories,
  { team, member, role }: Change & { readonly role: TeamRole },
): Promise<void> {
  const membership = { teamId: team.id, userId: member.userId };
  if (role !== 'owner') await assertOtherOwner(repositories, { team, member });
  await repositories.teamMembers.updateRole(membership, role);
  const beyond = TEAM_ROLES.filter((other) => !MANAGED_ROLES[role].includes(other));
  await repositories.invitations.removeOfAuthor(membership, beyond);
}

/** @throws CONFLICT for the last owner */
async function end(repositories: Repositories, { team, member }: Change): Promise<void> {
  const membership = { teamId: team.id, userId: member.userId };
  await assertOtherOwner(repositories, { team, member });
  await repositories.teamMembers.remove(membership);
  await repositories.invitations.removeOfAuthor(membership, TEAM_ROLES);
}

async function assertOtherOwner({ teamMembers }: Repositories, { team, member }: Change) {
  if (member.role !== 'owner') return;
  if (await teamMembers.hasOtherOwner({ teamId: team.id, userId: member.userId })) return;
  throw new AppError('conflict', 'The team needs an owner: make somebody else one first', {
    reason: 'team.last_owner',
    details: { resource: 'team', id: team.id },
  });
}

async function record(
  { auditLog }: Repositories,
  actor: Actor,
  {
    action,
    team,
    member,
    role,
  }: Change & { readonly action: AuditAction; readonly role?: TeamRole },
): Promise<void> {
  await auditLog.insert({
    ...auditedActor(actor),
    action,
    target: { type: 'user', id: member.userId },
    before: { team_id: team.id, role: member.role },
    ...(role && { after: { team_id: team.id, role } }),
  });
}

/** An id may be written in capitals. */
function isSame(one: UserId, other: UserId): boolean {
  return one.toLowerCase() === other;
}

function ownedAlready(userId: UserId): AppError {
  return new AppError('conflict', 'Give the team to another member: it is yours already', {
    reason: 'team.owned_already',
    details: { resource: 'member', id: userId },
  });
}
