import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError, invalid } from '#platform/errors/app-error';
import type { JobWriter } from '#platform/queue/job-queue';
import type { Actor } from '#shared/actor';
import type { UserId } from '#shared/ids';
import { sendWelcomeMail } from '../account-mails/send-welcome-mail.job.ts';
import type { NewAuditEntry } from '../audit/audit-entry.ts';
import { auditedActor } from '../audit/audit-entry.ts';
import type { AuthLog } from '../auth/auth-log.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type { OneTimeSecrets } from '../one-time-tokens/one-time-secret.provider.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import { assertMaySignUp, type RegistrationMode } from '../registration/registration.policy.ts';
import { assertPerson } from '../teams/team-access.ts';
import type { TeamMembersRepository } from '../teams/team-members.repository.ts';
import type { TeamRecord, TeamsRepository } from '../teams/teams.repository.ts';
import {
  openAccount,
  planAccount,
  type AccountOpeningRepositories,
} from '../users/account-opening.service.ts';
import type { UserNames, UsersRepository } from '../users/users.repository.ts';
import type { InvitationsRepository, InvitationWithTeam } from './invitations.repository.ts';

type Repositories = AccountOpeningRepositories & {
  readonly users: Pick<UsersRepository, 'insert' | 'markEmailVerified'>;
  readonly teams: Pick<TeamsRepository, 'insertPersonal' | 'lock' | 'find'>;
  readonly teamMembers: Pick<TeamMembersRepository, 'insert'>;
  readonly invitations: Pick<InvitationsRepository, 'take'>;
  readonly jobs: JobWriter;
};

export type InvitationAcceptanceDependencies = {
  readonly allInvitations: () => Pick<InvitationsRepository, 'findOpen'>;
  readonly users: () => Pick<UsersRepository, 'findIdByEmail'>;
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly passwords: Pick<PasswordService, 'hashNew'>;
  readonly credentials: Pick<CredentialService, 'forgetAccount'>;
  readonly secrets: Pick<OneTimeSecrets, 'hashOf'>;
  readonly authLog: Pick<AuthLog, 'succeeded'>;
  readonly clock: Clock;
  readonly registrationMode: RegistrationMode;
};

type WithToken = { readonly token: string };
/** What whoever has no account yet brings to get one. */
export type NewMember = UserNames & { readonly password: string };

export type ShownInvitation = InvitationWithTeam & { readonly hasAccount: boolean };

/** Joining needs two teams at once, the personal and the other: one token opens both. */
const SYSTEM: Scope = { kind: 'system' };

export type InvitationAcceptanceService = ReturnType<typeof createInvitationAcceptance>;

export function createInvitationAcceptance(dependencies: InvitationAcceptanceDependencies) {
  const { allInvitations, users, unitOfWork, passwords, secrets, authLog, clock } = dependencies;

  async function findOpen({ token }: WithToken): Promise<InvitationWithTeam> {
    const invitation = await allInvitations().findOpen(secrets.hashOf(token), clock.now());
    return invitation ?? raiseNotFound();
  }

  /** Uses the invitation up and makes the member, or neither. */
  async function enter(
    repositories: Repositories,
    { invitation, userId, entry }: Entrance,
  ): Promise<TeamRecord> {
    const { teamId, id, role } = invitation;
    await repositories.teams.lock(teamId);
    if (!(await repositories.invitations.take({ teamId, id }, clock.now()))) raiseNotFound();
    const isNew = await repositories.teamMembers.insert({ teamId, userId }, role);
    if (!isNew) throw isMember();
    await repositories.auditLog.insert({
      ...entry,
      action: 'invitation.accepted',
      target: { type: 'invitation', id },
      after: { team_id: teamId, role },
    });
    return (await repositories.teams.find({ teamId, userId })) ?? raiseNotFound();
  }

  async function join(actor: Actor, invitation: InvitationWithTeam): Promise<Joined> {
    assertPerson(actor);
    const { userId } = actor;
    const entry = auditedActor(actor);
    const team = await unitOfWork.run(SYSTEM, async (repositories) => {
      // The token came by mail, so that whoever has it has the address.
      const address = { id: userId, email: invitation.email };
      const isTheirs = await repositories.users.markEmailVerified(address, clock.now());
      if (!isTheirs) throw isForOthers();
      return enter(repositories, { invitation, userId, entry });
    });
    return { team, userId };
  }

  async function signUp(
    { password, ...names }: NewMember,
    invitation: InvitationWithTeam,
  ): Promise<Joined> {
    assertMaySignUp(dependencies.registrationMode, { isInvited: true });
    const { email } = invitation;
    const passwordHash = await passwords.hashNew(password, 'password');
    const proven = { email, emailVerifiedAt: clock.now() };
    const account = planAccount({ ...names, ...proven, role: 'user', passwordHash });
    const userId = account.id;
    const team = await unitOfWork.run(SYSTEM, async (repositories) => {
      await openAccount(repositories, account);
      await repositories.jobs.enqueue(sendWelcomeMail, { userId });
      return enter(repositories, { invitation, userId, entry: { actorId: userId } });
    });
    authLog.succeeded('register', { userId });
    return { team, userId };
  }

  async function admit(
    actor: Actor | undefined,
    { invitation, newMember }: { invitation: InvitationWithTeam; newMember: NewMember | undefined },
  ): Promise<Joined> {
    if (actor) return join(actor, invitation);
    if (newMember) return signUp(newMember, invitation);
    throw isNobody();
  }

  return {
    /** What the holder of a token is invited to. @throws NOT_FOUND, whatever became of the invitation */
    async show(input: WithToken): Promise<ShownInvitation> {
      const invitation = await findOpen(input);
      const userId = await users().findIdByEmail(invitation.email);
      return { ...invitation, hasAccount: userId !== undefined };
    },

    /**
     * Lets the caller into the team; whoever is not signed in gets an account with it.
     * @throws NOT_FOUND, whatever became of the invitation, FORBIDDEN for an account with another address and
     * where nobody gets an account, DUPLICATE, VALIDATION_ERROR
     */
    async accept(
      actor: Actor | undefined,
      { token, newMember }: WithToken & { readonly newMember: NewMember | undefined },
    ): Promise<TeamRecord> {
      const invitation = await findOpen({ token });
      const { team, userId } = await admit(actor, { invitation, newMember });
      await dependencies.credentials.forgetAccount(userId);
      return team;
    },
  };
}

type Joined = { readonly team: TeamRecord; readonly userId: UserId };

type Entrance = {
  readonly invitation: InvitationWithTeam;
  readonly userId: UserId;
  readonly entry: Pick<NewAuditEntry, 'actorId' | 'impersonatorId'>;
};

/** One answer for a token that never was, and one that is used, expired or revoked. */
function raiseNotFound(): never {
  throw new AppError('not_found', 'No such invitation; ask for a new one', {
    details: { resource: 'invitation' },
  });
}

function isForOthers(): AppError {
  return new AppError('forbidden', 'The invitation is for another email address', {
    reason: 'invitation.other_address',
  });
}

function isMember(): AppError {
  return new AppError('duplicate', 'You are in the team already', {
    reason: 'team.already_member',
  });
}

function isNobody(): AppError {
  const message = 'Sign in, or set a password for a new account';
  return invalid([{ field: 'password', message }]);
}
