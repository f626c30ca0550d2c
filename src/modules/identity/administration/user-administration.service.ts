import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor, Role, Tier } from '#shared/actor';
import type { AuthSessionId, UserId } from '#shared/ids';
import type { Page } from '#shared/page';
import { auditedActor, type AuditAction, type AuditWriter } from '../audit/audit-entry.ts';
import type { AuthSessionsRepository } from '../auth/auth-sessions.repository.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type {
  IssuingRepositories,
  OneTimeTokenService,
} from '../one-time-tokens/one-time-tokens.service.ts';
import type { AdministeredUser } from './administered-user.ts';
import type { AdministeredUsersRepository, UserListing } from './administered-users.repository.ts';
import { assertAdministrator } from './administration.policy.ts';

export type UserChanges = {
  readonly role?: Role | undefined;
  readonly tier?: Tier | undefined;
  /** Millionths of the configured currency; null takes the budget away. */
  readonly monthlyCostBudget?: number | null | undefined;
};

export type AdministrationRepositories = {
  readonly administeredUsers: AdministeredUsersRepository;
  readonly authSessions: Pick<AuthSessionsRepository, 'revokeAll'>;
  readonly auditLog: AuditWriter;
} & IssuingRepositories;

export type UserAdministrationDependencies = {
  readonly administeredUsers: () => Pick<AdministeredUsersRepository, 'list' | 'find'>;
  readonly unitOfWork: UnitOfWork<AdministrationRepositories>;
  readonly tokens: Pick<OneTimeTokenService, 'issue'>;
  readonly credentials: Pick<CredentialService, 'forgetAccount' | 'forgetAuthSessions'>;
  readonly clock: Clock;
};

type OfUser = { readonly id: UserId };

/** Tiers are kept on personal teams, and an administrator belongs to none of them. */
const ALL_TEAMS: Scope = { kind: 'system' };

export type UserAdministration = ReturnType<typeof createUserAdministration>;

/** What administrators do with accounts; each act has its entry in the audit log. */
export function createUserAdministration(dependencies: UserAdministrationDependencies) {
  const { administeredUsers, unitOfWork, tokens, credentials, clock } = dependencies;

  async function get({ id }: OfUser): Promise<AdministeredUser> {
    return (await administeredUsers().find(id)) ?? raiseNotFound(id);
  }

  async function setActive(actor: Actor, { id }: OfUser, isActive: boolean): Promise<void> {
    const revoked = await unitOfWork.run(ALL_TEAMS, async (repositories) => {
      const user = await lock(repositories, id, { staysAdmin: isActive });
      if (user.isActive === isActive) return [];
      await repositories.administeredUsers.setActive(id, isActive);
      const action = isActive ? 'user.activated' : 'user.deactivated';
      await audit(repositories, actor, { action, user, after: { is_active: isActive } });
      return isActive ? [] : revokeSessions(repositories, id);
    });
    await credentials.forgetAuthSessions(revoked);
    await credentials.forgetAccount(id);
  }

  function revokeSessions(
    { authSessions }: AdministrationRepositories,
    userId: UserId,
  ): Promise<readonly AuthSessionId[]> {
    return authSessions.revokeAll(userId, { at: clock.now(), reason: 'account_deactivated' });
  }

  return {
    /** @throws FORBIDDEN */
    async list(actor: Actor, listing: UserListing): Promise<Page<AdministeredUser>> {
      assertAdministrator(actor);
      return administeredUsers().list(listing);
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async get(actor: Actor, user: OfUser): Promise<AdministeredUser> {
      assertAdministrator(actor);
      return get(user);
    },

    /** Holds from the user's next request on. @throws FORBIDDEN, NOT_FOUND, CONFLICT for the last administrator */
    async update(
      actor: Actor,
      { id, role, tier, monthlyCostBudget: budget }: OfUser & UserChanges,
    ): Promise<AdministeredUser> {
      assertAdministrator(actor);
      await unitOfWork.run(ALL_TEAMS, async (repositories) => {
        const user = await lock(repositories, id, { staysAdmin: role !== 'user' });
        if (role !== undefined && role !== user.role) {
          await repositories.administeredUsers.setRole(id, role);
          await audit(repositories, actor, { action: 'user.role_changed', user, after: { role } });
        }
        if (tier !== undefined && tier !== user.tier) {
          await repositories.administeredUsers.setTier(id, tier);
          await audit(repositories, actor, { action: 'user.tier_changed', user, after: { tier } });
        }
        if (budget !== undefined && budget !== user.monthlyCostBudget) {
          await repositories.administeredUsers.setCostBudget(id, budget);
          const after = { monthly_cost_budget: budget };
          await audit(repositories, actor, { action: 'user.budget_changed', user, after });
        }
      });
      await credentials.forgetAccount(id);
      return get({ id });
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async activate(actor: Actor, user: OfUser): Promise<AdministeredUser> {
      assertAdministrator(actor);
      await setActive(actor, user, true);
      return get(user);
    },

    /**
     * Ends every session of the user; what they have open closes soon after.
     * @throws FORBIDDEN, NOT_FOUND, CONFLICT for the last administrator
     */
    async deactivate(actor: Actor, user: OfUser): Promise<AdministeredUser> {
      assertAdministrator(actor);
      await setActive(actor, user, false);
      return get(user);
    },

    /**
     * Mails a token to set a new password with; until then the user may do nothing else.
     * @throws FORBIDDEN, NOT_FOUND, CONFLICT for a user without an address
     */
    async resetPassword(actor: Actor, { id }: OfUser): Promise<AdministeredUser> {
      assertAdministrator(actor);
      await unitOfWork.run(ALL_TEAMS, async (repositories) => {
        const user = await lock(repositories, id, { staysAdmin: true });
        if (user.email === null) throw noAddress();
        await repositories.administeredUsers.demandNewPassword(id);
        const draft = { purpose: 'password_reset', userId: id, email: user.email } as const;
        await tokens.issue(repositories, draft);
        const after = { must_reset_password: true };
        await audit(repositories, actor, { action: 'user.password_reset', user, after });
      });
      await credentials.forgetAccount(id);
      return get({ id });
    },
  };
}

/** The user as they are, for this transaction alone. @throws NOT_FOUND, CONFLICT */
async function lock(
  { administeredUsers }: AdministrationRepositories,
  id: UserId,
  { staysAdmin }: { readonly staysAdmin: boolean },
): Promise<AdministeredUser> {
  const admins = staysAdmin ? [] : await administeredUsers.lockActiveAdmins();
  const user = (await administeredUsers.lock(id)) ?? raiseNotFound(id);
  if (admins.length === 1 && admins[0] === id) {
    throw new AppError('conflict', 'The last active administrator has to stay one', {
      reason: 'user.last_admin',
    });
  }
  return user;
}

type Change = {
  readonly action: AuditAction;
  readonly user: AdministeredUser;
  readonly after: Partial<
    Record<'role' | 'tier' | 'is_active' | 'must_reset_password' | 'monthly_cost_budget', unknown>
  >;
};

function audit(
  { auditLog }: AdministrationRepositories,
  actor: Actor,
  { action, user, after }: Change,
): Promise<void> {
  const was: Readonly<Record<string, unknown>> = {
    role: user.role,
    tier: user.tier,
    is_active: user.isActive,
    must_reset_password: user.mustResetPassword,
    monthly_cost_budget: user.monthlyCostBudget,
  };
  const before = Object.fromEntries(Object.keys(after).map((name) => [name, was[name]]));
  const target = { type: 'user', id: user.id };
  return auditLog.insert({ ...auditedActor(actor), action, target, before, after });
}

function noAddress(): AppError {
  return new AppError('conflict', 'The user has no address to mail to', {
    reason: 'user.no_email',
  });
}

function raiseNotFound(id: UserId): never {
  throw notFound('user', id);
}
