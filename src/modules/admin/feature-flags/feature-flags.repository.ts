import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { FeatureFlagId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { FlagRule, FlagState } from './flag-rule.ts';

export type FeatureFlagRecord = FlagState & {
  readonly id: FeatureFlagId;
  readonly description: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type NewFeatureFlag = Pick<
  FeatureFlagRecord,
  'id' | 'name' | 'description' | 'isEnabled' | 'rule'
>;

export type FeatureFlagChanges = {
  readonly description?: string | null | undefined;
  readonly isEnabled?: boolean | undefined;
  readonly rule?: FlagRule | undefined;
};

export type FeatureFlagListing = PageRequest & {
  readonly sort: { readonly column: 'name' | 'created_at'; readonly direction: 'asc' | 'desc' };
};

const COLUMNS = [
  'id',
  'name',
  'description',
  'enabled as isEnabled',
  'rule',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export type FeatureFlagsRepository = ReturnType<typeof createFeatureFlagsRepository>;

/** Needs no scope: flags are the operator's, and belong to no tenant. */
export function createFeatureFlagsRepository(queries: Queries) {
  return {
    /** Undefined when the name is taken. */
    async insert(flag: NewFeatureFlag): Promise<FeatureFlagRecord | undefined> {
      return queries
        .insertInto('feature_flags')
        .values({
          id: flag.id,
          name: flag.name,
          description: flag.description,
          enabled: flag.isEnabled,
          rule: JSON.stringify(flag.rule),
        })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returning(COLUMNS)
        .$castTo<FeatureFlagRecord>()
        .executeTakeFirst();
    },

    async find(id: FeatureFlagId): Promise<FeatureFlagRecord | undefined> {
      return queries
        .selectFrom('feature_flags')
        .select(COLUMNS)
        .where('id', '=', id)
        .$castTo<FeatureFlagRecord>()
        .executeTakeFirst();
    },

    async lock(id: FeatureFlagId): Promise<FeatureFlagRecord | undefined> {
      return queries
        .selectFrom('feature_flags')
        .select(COLUMNS)
        .where('id', '=', id)
        .forUpdate()
        .$castTo<FeatureFlagRecord>()
        .executeTakeFirst();
    },

    async list({ page, pageSize, sort }: FeatureFlagListing): Promise<Page<FeatureFlagRecord>> {
      const items = await queries
        .selectFrom('feature_flags')
        .select(COLUMNS)
        .orderBy(sort.column, sort.direction)
        .orderBy('id', sort.direction)
        .limit(pageSize)
        .offset(pageOffset({ page, pageSize }))
        .$castTo<FeatureFlagRecord>()
        .execute();
      return { items, total: await count(queries), page, pageSize };
    },

    count: () => count(queries),

    /** What evaluation needs of all flags. */
    async listStates(): Promise<readonly FlagState[]> {
      return queries
        .selectFrom('feature_flags')
        .select(['name', 'enabled as isEnabled', 'rule'])
        .orderBy('name')
        .$castTo<FlagState>()
        .execute();
    },

    async update(
      id: FeatureFlagId,
      { description, isEnabled, rule }: FeatureFlagChanges,
    ): Promise<FeatureFlagRecord> {
      return queries
        .updateTable('feature_flags')
        .set({
          ...(description !== undefined && { description }),
          ...(isEnabled !== undefined && { enabled: isEnabled }),
          ...(rule !== undefined && { rule: JSON.stringify(rule) }),
          updated_at: sql`now()`,
        })
        .where('id', '=', id)
        .returning(COLUMNS)
        .$castTo<FeatureFlagRecord>()
        .executeTakeFirstOrThrow();
    },

    async delete(id: FeatureFlagId): Promise<void> {
      await queries.deleteFrom('feature_flags').where('id', '=', id).execute();
    },

    async countNaming(userId: UserId): Promise<number> {
      const { count: naming } = await queries
        .selectFrom('feature_flags')
        .select((row) => row.fn.countAll<number>().as('count'))
        .where(sql<boolean>`rule -> 'users' ? ${userId}`)
        .executeTakeFirstOrThrow();
      return naming;
    },

    /** Takes a user out of every list of users. */
    async forgetUser(userId: UserId): Promise<void> {
      await queries
        .updateTable('feature_flags')
        .set({ rule: sql`jsonb_set(rule, '{users}', (rule -> 'users') - ${userId}::text)` })
        .where(sql<boolean>`rule -> 'users' ? ${userId}`)
        .execute();
    },
  };
}

async function count(queries: Queries): Promise<number> {
  const { total } = await queries
    .selectFrom('feature_flags')
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return total;
}
