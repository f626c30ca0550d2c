import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { Role, Tier } from '#shared/actor';
import type { UserId } from '#shared/ids';
import type { EmailAddress } from './parse-email.ts';

export type UserRecord = {
  readonly id: UserId;
  /** Null for a user of an external issuer without an address that is theirs alone. */
  readonly email: EmailAddress | null;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly role: Role;
  /** Of the personal team. */
  readonly tier: Tier;
  readonly isActive: boolean;
  readonly isEmailVerified: boolean;
  /** They may do nothing before they have set a new password. */
  readonly mustResetPassword: boolean;
  readonly createdAt: string;
};

/** A user with what proves that it is them; it goes to no client. */
export type UserWithPassword = UserRecord & { readonly passwordHash: string | null };

export type UserNames = Pick<UserRecord, 'username' | 'firstName' | 'lastName'>;
export type NewUser = UserNames &
  Pick<UserRecord, 'id' | 'email' | 'role'> & {
    /** Null for a user who signs in elsewhere. */
    readonly passwordHash: string | null;
    readonly emailVerifiedAt?: Date | undefined;
  };

/** All of a user but the tier, which the personal team has. */
export const USER_COLUMNS = [
  'users.id',
  'users.email',
  'users.username',
  'users.first_name as firstName',
  'users.last_name as lastName',
  'users.role',
  'users.is_active as isActive',
  sql<boolean>`users.email_verified_at is not null`.as('isEmailVerified'),
  'users.must_reset_password as mustResetPassword',
  'users.created_at as createdAt',
] as const;

export type UsersRepository = ReturnType<typeof createUsersRepository>;

/** Reads need the system scope: they take the tier from the personal team, whose id is not known before. */
export function createUsersRepository(queries: Queries) {
  const usersWithTier = () =>
    queries
      .selectFrom('users')
      .innerJoin('teams', 'teams.personal_user_id', 'users.id')
      .select([...USER_COLUMNS, 'teams.tier']);

  return {
    /** False when the address is taken. */
    async insert(user: NewUser): Promise<boolean> {
      const result = await queries
        .insertInto('users')
        .values({
          id: user.id,
          email: user.email,
          username: user.username,
          first_name: user.firstName,
          last_name: user.lastName,
          role: user.role,
          password_hash: user.passwordHash,
          email_verified_at: user.emailVerifiedAt?.toISOString() ?? null,
        })
        .onConflict((conflict) => conflict.column('email').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async find(id: UserId): Promise<UserRecord | undefined> {
      return usersWithTier().where('users.id', '=', id).$castTo<UserRecord>().executeTakeFirst();
    },

    async findWithPassword(
      by: { readonly email: EmailAddress } | { readonly id: UserId },
    ): Promise<UserWithPassword | undefined> {
      const users = usersWithTier().select('users.password_hash as passwordHash');
      const matching =
        'email' in by
          ? users.where('users.email', '=', by.email)
          : users.where('users.id', '=', by.id);
      return matching.$castTo<UserWithPassword>().executeTakeFirst();
    },

    async updateNames(id: UserId, names: Partial<UserNames>): Promise<void> {
      const { username, firstName, lastName } = names;
      await queries
        .updateTable('users')
        .set({
          ...(username !== undefined && { username }),
          ...(firstName !== undefined && { first_name: firstName }),
          ...(lastName !== undefined && { last_name: lastName }),
          updated_at: sql`now()`,
        })
        .where('id', '=', id)
        .execute();
    },

    /** A password that the user chose, so that nothing more is asked of them. */
    async updatePassword(id: UserId, passwordHash: string): Promise<void> {
      await queries
        .updateTable('users')
        .set({ password_hash: passwordHash, must_reset_password: false, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    /** Exchanges a hash for another of the same password, unless the password was changed meanwhile. */
    async replacePasswordHash(id: UserId, former: string, current: string): Promise<void> {
      await queries
        .updateTable('users')
        .set({ password_hash: current })
        .where('id', '=', id)
        .where('password_hash', '=', former)
        .execute();
    },
  };
}
