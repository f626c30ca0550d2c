import type { Queries } from '#platform/db/database';
import type { OneTimeTokenId } from '#shared/ids';
import type { UserNames } from '../users/users.repository.ts';

export type PendingRegistration = UserNames & { readonly passwordHash: string };

export type PendingRegistrationsRepository = ReturnType<
  typeof createPendingRegistrationsRepository
>;

/** Needs no scope: the table has no tenant. */
export function createPendingRegistrationsRepository(queries: Queries) {
  return {
    async insert(id: OneTimeTokenId, pending: PendingRegistration): Promise<void> {
      await queries
        .insertInto('pending_registrations')
        .values({
          one_time_token_id: id,
          username: pending.username,
          first_name: pending.firstName,
          last_name: pending.lastName,
          password_hash: pending.passwordHash,
        })
        .execute();
    },

    /** Hands it over, and keeps nothing of it. */
    async take(id: OneTimeTokenId): Promise<PendingRegistration | undefined> {
      return queries
        .deleteFrom('pending_registrations')
        .where('one_time_token_id', '=', id)
        .returning([
          'username',
          'first_name as firstName',
          'last_name as lastName',
          'password_hash as passwordHash',
        ])
        .executeTakeFirst();
    },
  };
}
