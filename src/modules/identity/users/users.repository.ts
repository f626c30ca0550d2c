import { sql } from 'kysely';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import { isUniqueViolation } from '#platform/db/error-translation';
import type { Role, Tier } from '#shared/actor';
import type { UserId } from '#shared/ids';
import type { EmailAddress } from './parse-email.ts';
import { USER_COLUMNS } from './user-columns.ts';

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
  /** Null until the address was proved. */
  readonly emailVerifiedAt: string | null;
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

/** An address, and the account that it is or shall be of. */
export type OwnedAddress = { readonly id: UserId; readonly email: EmailAddress };

const usersWithTier = (queries: Queries) =>
  queries
    .selectFrom('users')
    .innerJoin('teams', 'teams.personal_user_id', 'users.id')
    .select([...USER_COLUMNS, 'teams.tier']);

const usersWithPassword = (queries: Queries) =>
  usersWithTier(queries).select('users.password_hash as passwordHash').$castTo<UserWithPassword>();

const findByEmail = compileOnce<{ readonly email: EmailAddress }, UserWithPassword>(
  (queries, valueOf) => usersWithPassword(queries).where('users.email', '=', valueOf('email')),
);

const findWithPasswordById = compileOnce<{ readonly id: UserId }, UserWithPassword>(
  (queries, valueOf) => usersWithPassword(queries).where('users.id', '=', valueOf('id')),
);

export type UsersRepository = ReturnType<typeof createUsersRepository>;

/** Reads need the system scope: they take the tier from the personal team, whose id is not known before. */
export function createUsersRepository(queries: Queries) {
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
      return usersWithTier(queries)
        .where('users.id', '=', id)
        .$castTo<UserRecord>()
        .executeTakeFirst();
    },

    async findWithPassword(
      by: { readonly email: EmailAddress } | { readonly id: UserId },
    ): Promise<UserWithPassword | undefined> {
      const [user] =
        'email' in by ? await findByEmail(queries, by) : await findWithPasswordById(queries, by);
      return user;
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

    async findIdByEmail(email: EmailAddress): Promise<UserId | undefined> {
      const user = await queries
        .selectFrom('users')
        .select('id')
        .where('email', '=', email)
        .$castTo<{ readonly id: UserId }>()
        .executeTakeFirst();
      return user?.id;
    },

    /** Sets a password by a mail to the address, which shows whose it is; false where it is not the account's. */
    async resetPassword(
      { id, email }: OwnedAddress,
      { passwordHash, now }: { readonly passwordHash: string; readonly now: Date },
    ): Promise<boolean> {
      const result = await queries
        .updateTable('users')
        .set((row) => ({
          password_hash: passwordHash,
          must_reset_password: false,
          email_verified_at: row.fn.coalesce(
            'email_verified_at',
            sql<string>`${now.toISOString()}`,
          ),
          updated_at: sql`now()`,
        }))
        .where('id', '=', id)
        .where('email', '=', email)
        .where('is_active', '=', true)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    /** False where the address is not, or no longer, the account's. */
    async markEmailVerified({ id, email }: OwnedAddress, now: Date): Promise<boolean> {
      const result = await queries
        .updateTable('users')
        .set({ email_verified_at: now.toISOString(), updated_at: sql`now()` })
        .where('id', '=', id)
        .where('email', '=', email)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    /** False where another account has the new address, or this one no longer the former. */
    async changeEmail(
      { id, email, formerEmail }: OwnedAddress & { readonly formerEmail: EmailAddress },
      now: Date,
    ): Promise<boolean> {
      try {
        const result = await queries
          .updateTable('users')
          .set({ email, email_verified_at: now.toISOString(), updated_at: sql`now()` })
          .where('id', '=', id)
          .where('email', '=', formerEmail)
          .where('is_active', '=', true)
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      } catch (error) {
        if (isUniqueViolation(error, 'users_email_idx')) return false;
        throw error;
      }
    },

    /** Where to welcome a user who was not welcomed yet. */
    async findUnwelcomed(id: UserId): Promise<EmailAddress | undefined> {
      const user = await queries
        .selectFrom('users')
        .select('email')
        .where('id', '=', id)
        .where('welcome_mailed_at', 'is', null)
        .$castTo<Pick<UserRecord, 'email'>>()
        .executeTakeFirst();
      return user?.email ?? undefined;
    },

    async markWelcomed(id: UserId, now: Date): Promise<void> {
      await queries
        .updateTable('users')
        .set({ welcome_mailed_at: now.toISOString() })
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
