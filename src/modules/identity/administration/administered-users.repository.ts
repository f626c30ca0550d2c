import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { Role, Tier } from '#shared/actor';
import type { UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { AdministeredUser } from './administered-user.ts';

/** Each member that is there narrows the list. */
export type UserFilter = {
  /** Part of the address or of a name, in whatever case. */
  readonly search?: string | undefined;
  readonly role?: Role | undefined;
  readonly tier?: Tier | undefined;
  readonly isActive?: boolean | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
};

export type UserListing = PageRequest &
  UserFilter & {
    readonly sort: {
      readonly column: 'created_at' | 'email';
      readonly direction: 'asc' | 'desc';
    };
  };

const COLUMNS = [
  'users.id',
  'users.email',
  'users.username',
  'users.first_name as firstName',
  'users.last_name as lastName',
  'users.role',
  'users.is_active as isActive',
  'users.created_at as createdAt',
  'users.email_verified_at as emailVerifiedAt',
  'users.must_reset_password as mustResetPassword',
  'users.updated_at as updatedAt',
  'users.monthly_cost_budget as monthlyCostBudget',
  'teams.id as personalTeamId',
  'teams.tier',
] as const;

/** The text of users_search_idx: with another the search would read every user. */
const SEARCHED = sql`(coalesce(users.email, '') || ' ' || coalesce(users.username, '') || ' ' || coalesce(users.first_name, '') || ' ' || coalesce(users.last_name, ''))`;

export type AdministeredUsersRepository = ReturnType<typeof createAdministeredUsersRepository>;

/** Needs the system scope: the tier is that of the personal team, whichever that is. */
export function createAdministeredUsersRepository(queries: Queries) {
  return {
    async list({ page, pageSize, sort, ...filter }: UserListing): Promise<Page<AdministeredUser>> {
      const matching = select(queries, filter);
      const countAll = matching.select((row) => row.fn.countAll<number>().as('total'));
      const rows = await matching
        .select([...COLUMNS, countAll.as('total')])
        .orderBy(`users.${sort.column}`, sort.direction)
        .orderBy('users.id', sort.direction)
        .limit(pageSize)
        .offset(pageOffset({ page, pageSize }))
        .$castTo<AdministeredUser & { readonly total: number }>()
        .execute();
      // A page past the end has no row to carry the total.
      const total = rows[0]?.total ?? (await countAll.executeTakeFirstOrThrow()).total;
      return { items: rows, total, page, pageSize };
    },

    async find(id: UserId): Promise<AdministeredUser | undefined> {
      return select(queries, {})
        .select(COLUMNS)
        .where('users.id', '=', id)
        .$castTo<AdministeredUser>()
        .executeTakeFirst();
    },

    /** As `find`, and nobody else changes the user before the transaction ends. */
    async lock(id: UserId): Promise<AdministeredUser | undefined> {
      return select(queries, {})
        .select(COLUMNS)
        .where('users.id', '=', id)
        .forUpdate('users')
        .$castTo<AdministeredUser>()
        .executeTakeFirst();
    },

    /**
     * The administrators who can sign in, each of whom stays one until the transaction ends. Always locked in one
     * order, and before any other user, so that two who demote each other wait and do not deadlock.
     */
    async lockActiveAdmins(): Promise<readonly UserId[]> {
      const rows = await queries
        .selectFrom('users')
        .select('id')
        .where('role', '=', 'admin')
        .where('is_active', '=', true)
        // Who comes by another issuer alone reaches nothing of administrators.
        .where('password_hash', 'is not', null)
        .orderBy('id')
        .forUpdate()
        .$castTo<{ readonly id: UserId }>()
        .execute();
      return rows.map(({ id }) => id);
    },

    async setRole(id: UserId, role: Role): Promise<void> {
      await queries
        .updateTable('users')
        .set({ role, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async setActive(id: UserId, isActive: boolean): Promise<void> {
      await queries
        .updateTable('users')
        .set({ is_active: isActive, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async demandNewPassword(id: UserId): Promise<void> {
      await queries
        .updateTable('users')
        .set({ must_reset_password: true, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async setCostBudget(id: UserId, micros: number | null): Promise<void> {
      await queries
        .updateTable('users')
        .set({ monthly_cost_budget: micros, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async setTier(userId: UserId, tier: Tier): Promise<void> {
      await queries
        .updateTable('teams')
        .set({ tier, updated_at: sql`now()` })
        .where('personal_user_id', '=', userId)
        .execute();
    },
  };
}

function select(queries: Queries, filter: UserFilter) {
  const { search, role, tier, isActive, createdFrom, createdTo } = filter;
  let matching = queries
    .selectFrom('users')
    .innerJoin('teams', 'teams.personal_user_id', 'users.id');
  if (search !== undefined) {
    matching = matching.where(sql<boolean>`${SEARCHED} ilike ${containing(search)}`);
  }
  if (role !== undefined) matching = matching.where('users.role', '=', role);
  if (tier !== undefined) matching = matching.where('teams.tier', '=', tier);
  if (isActive !== undefined) matching = matching.where('users.is_active', '=', isActive);
  if (createdFrom !== undefined) matching = matching.where('users.created_at', '>=', createdFrom);
  if (createdTo !== undefined) matching = matching.where('users.created_at', '<', createdTo);
  return matching;
}

function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
