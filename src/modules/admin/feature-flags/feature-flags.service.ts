import { assertAdministrator, auditedActor, type AuditWriter } from '#modules/identity';
import type { Cache } from '#platform/cache/cache';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { newId, type FeatureFlagId } from '#shared/ids';
import type { Page } from '#shared/page';
import { isFlagOn, type FlagSubject } from './evaluate-flag.ts';
import type {
  FeatureFlagChanges,
  FeatureFlagListing,
  FeatureFlagRecord,
  FeatureFlagsRepository,
  NewFeatureFlag,
} from './feature-flags.repository.ts';
import type { FlagState } from './flag-rule.ts';

export type CreateFeatureFlagInput = Omit<NewFeatureFlag, 'id'>;

type Repositories = {
  readonly featureFlags: FeatureFlagsRepository;
  readonly auditLog: AuditWriter;
};

export type FeatureFlagServiceDependencies = {
  readonly featureFlags: () => Pick<FeatureFlagsRepository, 'find' | 'list' | 'listStates'>;
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly cache: Cache;
};

type OfFlag = { readonly id: FeatureFlagId };

const NO_SCOPE: Scope = { kind: 'none' };
const CACHE_KEY = 'admin:feature-flags';
const CACHE_SECONDS = 5;
/** All of them are read for each caller. */
const MAX_FLAGS = 500;

export type FeatureFlagService = ReturnType<typeof createFeatureFlagService>;

/** Switches that operators set, and that the code of any module may ask for. */
export function createFeatureFlagService(dependencies: FeatureFlagServiceDependencies) {
  const { featureFlags, unitOfWork, cache } = dependencies;

  async function change<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    const result = await unitOfWork.run(NO_SCOPE, work);
    await cache.delete(CACHE_KEY);
    return result;
  }

  function listStates(): Promise<readonly FlagState[]> {
    return cache.getOrLoad(CACHE_KEY, CACHE_SECONDS, () => featureFlags().listStates());
  }

  return {
    /** Whether a flag is on for the caller; one that does not exist is off. */
    async isEnabled(subject: FlagSubject, name: string): Promise<boolean> {
      const flag = (await listStates()).find((state) => state.name === name);
      return flag !== undefined && isFlagOn(flag, subject);
    },

    /** Every flag by its name, and whether it is on for the caller. */
    async evaluateAll(subject: FlagSubject): Promise<Readonly<Record<string, boolean>>> {
      const states = await listStates();
      return Object.fromEntries(states.map((state) => [state.name, isFlagOn(state, subject)]));
    },

    /** Drops what is cached, after a change from elsewhere. */
    forget: () => cache.delete(CACHE_KEY),

    /** @throws FORBIDDEN */
    async list(actor: Actor, listing: FeatureFlagListing): Promise<Page<FeatureFlagRecord>> {
      assertAdministrator(actor);
      return featureFlags().list(listing);
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async get(actor: Actor, { id }: OfFlag): Promise<FeatureFlagRecord> {
      assertAdministrator(actor);
      return (await featureFlags().find(id)) ?? raiseNotFound(id);
    },

    /** @throws FORBIDDEN, DUPLICATE, CONFLICT when there are too many */
    async create(actor: Actor, input: CreateFeatureFlagInput): Promise<FeatureFlagRecord> {
      assertAdministrator(actor);
      return change(async (repositories) => {
        if ((await repositories.featureFlags.count()) >= MAX_FLAGS) throw tooMany();
        const flag = await repositories.featureFlags.insert({ ...input, id: newId() });
        if (!flag) throw new AppError('duplicate', `There is a flag "${input.name}" already`);
        await audit(repositories, actor, { act: 'created', flag, after: flag });
        return flag;
      });
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async update(
      actor: Actor,
      { id, ...changes }: OfFlag & FeatureFlagChanges,
    ): Promise<FeatureFlagRecord> {
      assertAdministrator(actor);
      return change(async (repositories) => {
        const before = (await repositories.featureFlags.lock(id)) ?? raiseNotFound(id);
        const after = await repositories.featureFlags.update(id, changes);
        await audit(repositories, actor, { act: 'updated', flag: after, before, after });
        return after;
      });
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async remove(actor: Actor, { id }: OfFlag): Promise<void> {
      assertAdministrator(actor);
      await change(async (repositories) => {
        const flag = (await repositories.featureFlags.lock(id)) ?? raiseNotFound(id);
        await repositories.featureFlags.delete(id);
        await audit(repositories, actor, { act: 'deleted', flag, before: flag });
      });
    },
  };
}

type Change = {
  readonly act: 'created' | 'updated' | 'deleted';
  readonly flag: FeatureFlagRecord;
  readonly before?: FeatureFlagRecord;
  readonly after?: FeatureFlagRecord;
};

function audit(
  { auditLog }: Repositories,
  actor: Actor,
  { act, flag, before, after }: Change,
): Promise<void> {
  return auditLog.insert({
    ...auditedActor(actor),
    action: `feature_flag.${act}`,
    target: { type: 'feature_flag', id: flag.id },
    ...(before && { before: membersOf(before) }),
    ...(after && { after: membersOf(after) }),
  });
}

/** By the names that they have on the wire. */
function membersOf({ name, description, isEnabled, rule }: FeatureFlagRecord) {
  const { shareBy, ...rest } = rule;
  const named = { ...rest, ...(shareBy && { share_by: shareBy }) };
  return { name, description, enabled: isEnabled, rule: named };
}

function tooMany(): AppError {
  return new AppError('conflict', `There are ${MAX_FLAGS} flags already: delete one first`, {
    reason: 'feature_flag.too_many',
  });
}

function raiseNotFound(id: FeatureFlagId): never {
  throw notFound('feature_flag', id);
}
