import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Actor } from '#shared/actor';
import { newId, type TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import { auditedActor } from '../audit/audit-entry.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import { purgeTeams } from './purge-teams.job.ts';
import { assertPerson, getTeam, lockTeam, type TeamFinder } from './team-access.ts';
import type { TeamMembersRepository } from './team-members.repository.ts';
import { assertShared } from './teams.policy.ts';
import type { TeamListing, TeamRecord, TeamsRepository } from './teams.repository.ts';

export type TeamServiceDependencies = {
  readonly teamsOf: (teamId: TeamId) => TeamFinder;
  readonly allTeams: () => Pick<TeamsRepository, 'countOwned' | 'list'>;
  readonly unitOfWork: UnitOfWork<{
    teams: TeamsRepository;
    teamMembers: Pick<TeamMembersRepository, 'countOthers' | 'remove'>;
    auditLog: AuditLogRepository;
    jobs: JobWriter;
  }>;
  readonly credentials: Pick<CredentialService, 'forgetAccount'>;
};

/** Each team has chat limits of its own, so that without a bound of their number there were none. */
const MAX_OWNED_TEAMS = 50;

type WithId = { readonly id: TeamId };

export type TeamService = ReturnType<typeof createTeamService>;

export function createTeamService(dependencies: TeamServiceDependencies) {
  const { teamsOf, allTeams, unitOfWork, credentials } = dependencies;

  return {
    /** The caller becomes the owner. @throws UNAUTHORIZED for an API key, CONFLICT for one team too many */
    async create(actor: Actor, { name }: { readonly name: string }): Promise<TeamRecord> {
      assertPerson(actor);
      const { userId } = actor;
      if ((await allTeams().countOwned(userId)) >= MAX_OWNED_TEAMS) throw tooMany();
      const id = newId<TeamId>();
      const team = await unitOfWork.run(teamScope(id), async ({ teams, auditLog }) => {
        await teams.insert({ id, userId, name });
        await auditLog.insert({ ...auditedActor(actor), action: 'team.created', target: of(id) });
        return teams.find({ teamId: id, userId });
      });
      await credentials.forgetAccount(userId);
      if (!team) throw notFound('team', id);
      return team;
    },

    /** The caller's teams; those of an API key are the one it is for. */
    async list(actor: Actor, listing: TeamListing): Promise<Page<TeamRecord>> {
      const { credential, teamId, userId } = actor;
      if (credential.kind !== 'api_key') return allTeams().list(userId, listing);
      const team = await getTeam(teamsOf(teamId), actor, teamId);
      const { page, pageSize } = listing;
      return { items: page === 1 ? [team] : [], total: 1, page, pageSize };
    },

    /** @throws NOT_FOUND */
    async get(actor: Actor, { id }: WithId): Promise<TeamRecord> {
      return getTeam(teamsOf(id), actor, id);
    },

    /** @throws NOT_FOUND, FORBIDDEN, UNAUTHORIZED */
    async rename(
      actor: Actor,
      { id, name }: WithId & { readonly name: string },
    ): Promise<TeamRecord> {
      return unitOfWork.run(teamScope(id), async ({ teams, auditLog }) => {
        const before = await lockTeam(teams, actor, { id, permission: 'team.change' });
        await teams.rename(id, name);
        await auditLog.insert({
          ...auditedActor(actor),
          action: 'team.renamed',
          target: of(id),
          before: { name: before.name },
          after: { name },
        });
        return getTeam(teams, actor, id);
      });
    },

    /**
     * Nobody reaches the team any more; what it has is erased by a job.
     * @throws NOT_FOUND, FORBIDDEN, UNAUTHORIZED, CONFLICT for a personal team and for one with other members
     */
    async remove(actor: Actor, { id }: WithId): Promise<void> {
      const { userId } = actor;
      await unitOfWork.run(teamScope(id), async ({ teams, teamMembers, auditLog, jobs }) => {
        const team = await lockTeam(teams, actor, { id, permission: 'team.delete' });
        assertShared(team);
        const membership = { teamId: id, userId };
        if ((await teamMembers.countOthers(membership)) > 0) throw hasMembers(id);
        await teams.markDeleted(id);
        await teamMembers.remove(membership);
        await auditLog.insert({
          ...auditedActor(actor),
          action: 'team.deleted',
          target: of(id),
          before: { name: team.name },
        });
        await jobs.enqueue(purgeTeams, {});
      });
      await credentials.forgetAccount(userId);
    },
  };
}

function of(id: TeamId) {
  return { type: 'team', id };
}

function tooMany(): AppError {
  return new AppError('conflict', `One user owns at most ${MAX_OWNED_TEAMS} teams`, {
    reason: 'team.too_many',
  });
}

function hasMembers(id: TeamId): AppError {
  return new AppError('conflict', 'Remove the other members of the team before you delete it', {
    reason: 'team.has_members',
    details: { resource: 'team', id },
  });
}
