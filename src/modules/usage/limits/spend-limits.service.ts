import { auditedActor, type AuditWriter } from '#modules/identity';
import { teamScope, type Scope, type UnitOfWork } from '#platform/db/database';
import { AppError, invalid, notFound } from '#platform/errors/app-error';
import { mayAdminister, type Actor } from '#shared/actor';
import { newId, type SpendLimitId, type TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import { assertCanChangeLimits } from './spend-limits.policy.ts';
import type {
  LimitSubject,
  NewSpendLimit,
  SpendLimitListing,
  SpendLimitRecord,
  SpendLimitsRepository,
} from './spend-limits.repository.ts';

export type CreateSpendLimitInput = LimitSubject &
  Pick<NewSpendLimit, 'scope' | 'window' | 'unit' | 'amount'> & {
    /** For administrators; without it the active team. */
    readonly teamId?: TeamId | undefined;
  };

export type ListSpendLimitsInput = Omit<SpendLimitListing, 'teamId'> & {
  readonly teamId?: TeamId | undefined;
};

type OfLimit = { readonly id: SpendLimitId };

export type LimitRepositories = {
  readonly spendLimits: SpendLimitsRepository;
  readonly auditLog: AuditWriter;
};

export type SpendLimitServiceDependencies = {
  readonly unitOfWork: UnitOfWork<LimitRepositories>;
  /** Told of a team whose limits are not what they were. */
  readonly onChange: (teamId: TeamId) => Promise<unknown>;
};

export type SpendLimitService = ReturnType<typeof createSpendLimitService>;

/** Limits on what a team, and whoever is in it, may spend. */
export function createSpendLimitService({ unitOfWork, onChange }: SpendLimitServiceDependencies) {
  async function change(
    actor: Actor,
    { id }: OfLimit,
    work: (repositories: LimitRepositories, limit: SpendLimitRecord) => Promise<void>,
  ): Promise<SpendLimitRecord> {
    const changed = await unitOfWork.run(scopeOf(actor), async (repositories) => {
      const limit = (await repositories.spendLimits.find(id)) ?? raiseNotFound(id);
      assertCanChangeLimits(actor);
      if (limit.isBudget) throw isBudget();
      await work(repositories, limit);
      return (await repositories.spendLimits.find(id)) ?? limit;
    });
    await onChange(changed.teamId);
    return changed;
  }

  return {
    /** @throws FORBIDDEN, NOT_FOUND for whom the team does not have, DUPLICATE, VALIDATION_ERROR */
    async create(actor: Actor, { teamId: named, ...input }: CreateSpendLimitInput) {
      assertCanChangeLimits(actor);
      assertFits(input);
      const teamId = teamOf(actor, named);
      const limit = { ...input, teamId, id: newId<SpendLimitId>() };
      const created = await unitOfWork.run(scopeOf(actor), async ({ spendLimits, auditLog }) => {
        if (!(await spendLimits.hasSubject(limit))) throw noSubject(limit);
        if (!(await spendLimits.insert(limit))) throw isLimited();
        await auditLog.insert(
          entryOf(actor, limit, { action: 'spend_limit.created', after: limit }),
        );
        return (await spendLimits.find(limit.id)) ?? raiseNotFound(limit.id);
      });
      await onChange(teamId);
      return created;
    },

    /** @throws NOT_FOUND for another team's, unless an administrator asks */
    async list(actor: Actor, { teamId, ...listing }: ListSpendLimitsInput) {
      return unitOfWork.run(scopeOf(actor), ({ spendLimits }): Promise<Page<SpendLimitRecord>> =>
        spendLimits.list({ ...listing, teamId: teamOf(actor, teamId) }),
      );
    },

    /** @throws NOT_FOUND */
    async get(actor: Actor, { id }: OfLimit): Promise<SpendLimitRecord> {
      const find = ({ spendLimits }: LimitRepositories) => spendLimits.find(id);
      return (await unitOfWork.run(scopeOf(actor), find)) ?? raiseNotFound(id);
    },

    /** Holds from the next call on, in other processes within a second; what is held already stays. @throws FORBIDDEN, NOT_FOUND, CONFLICT for a budget */
    async update(actor: Actor, { id, amount }: OfLimit & { readonly amount: number }) {
      return change(actor, { id }, async ({ spendLimits, auditLog }, limit) => {
        await spendLimits.setAmount(id, amount);
        const before = { amount: limit.amount };
        const act = { action: 'spend_limit.changed', before, after: { amount } } as const;
        await auditLog.insert(entryOf(actor, limit, act));
      });
    },

    /** @throws FORBIDDEN, NOT_FOUND, CONFLICT for a budget */
    async remove(actor: Actor, { id }: OfLimit): Promise<void> {
      await change(actor, { id }, async ({ spendLimits, auditLog }, limit) => {
        await spendLimits.remove(id);
        const act = { action: 'spend_limit.deleted', before: limit } as const;
        await auditLog.insert(entryOf(actor, limit, act));
      });
    },
  };
}

function scopeOf(actor: Actor): Scope {
  return mayAdminister(actor) ? { kind: 'system' } : teamScope(actor.teamId);
}

function teamOf(actor: Actor, named: TeamId | undefined): TeamId {
  if (named === undefined || named === actor.teamId) return actor.teamId;
  if (mayAdminister(actor)) return named;
  throw notFound('team', named);
}

type Act = {
  readonly action: 'spend_limit.created' | 'spend_limit.changed' | 'spend_limit.deleted';
  readonly before?: Partial<NewSpendLimit>;
  readonly after?: Partial<NewSpendLimit>;
};

function entryOf(actor: Actor, { id }: OfLimit, { action, before, after }: Act) {
  return {
    ...auditedActor(actor),
    action,
    target: { type: 'spend_limit', id },
    ...(before && { before: audited(before) }),
    ...(after && { after: audited(after) }),
  };
}

/** No name of anybody: the log outlives them. */
function audited({ teamId, scope, window, unit, amount }: Partial<NewSpendLimit>) {
  return { team_id: teamId, scope, window, unit, amount };
}

function assertFits({ scope, unit, amount, ...subject }: CreateSpendLimitInput): void {
  const named = { user: subject.userId, project: subject.projectId, api_key: subject.apiKeyId };
  const misplaced = Object.entries(named)
    .filter(([kind, id]) => id !== null && kind !== scope)
    .map(([kind]) => ({
      field: `${kind}_id`,
      message: `Must not be set for a limit of scope ${scope}`,
    }));
  if (misplaced.length > 0) throw invalid(misplaced);
  assertWhole(unit, amount);
}

function assertWhole(unit: NewSpendLimit['unit'], amount: number): void {
  if (unit === 'cost' || Number.isSafeInteger(amount)) return;
  throw invalid([{ field: 'amount', message: 'Tokens are whole numbers' }]);
}

function noSubject({ userId, projectId, apiKeyId, teamId }: NewSpendLimit): AppError {
  if (userId) return notFound('user', userId);
  if (projectId) return notFound('project', projectId);
  if (apiKeyId) return notFound('api_key', apiKeyId);
  return notFound('team', teamId);
}

function isLimited(): AppError {
  return new AppError('duplicate', 'There is such a limit already; change its amount', {
    reason: 'spend_limit.exists',
  });
}

function isBudget(): AppError {
  return new AppError('conflict', "A user's budget is changed with the user, by administrators", {
    reason: 'spend_limit.budget',
  });
}

function raiseNotFound(id: SpendLimitId): never {
  throw notFound('spend_limit', id);
}
