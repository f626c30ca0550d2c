import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { AuthSessionId, UserId } from '#shared/ids';
import type { RevocationReason } from '../auth/auth-sessions.repository.ts';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

/** A session by which somebody is signed in now. */
export type LiveAuthSessionRecord = {
  readonly id: AuthSessionId;
  readonly userAgent: string | null;
  readonly ip: string | null;
  readonly isImpersonation: boolean;
  readonly createdAt: string;
  readonly lastRefreshedAt: string | null;
  readonly expiresAt: string;
};

export type LiveAuthSessionListing = PageRequest & {
  readonly at: Date;
  readonly sort: { readonly direction: 'asc' | 'desc' };
};

const REASON: RevocationReason = 'revoked_by_user';

export type LiveAuthSessionsRepository = ReturnType<typeof createLiveAuthSessionsRepository>;

export function createLiveAuthSessionsRepository(queries: Queries) {
  const liveOf = (userId: UserId, at: Date) =>
    queries
      .selectFrom('auth_sessions')
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', at.toISOString());

  const revoke = (userId: UserId, at: Date) =>
    queries
      .updateTable('auth_sessions')
      .set({ revoked_at: at.toISOString(), revoked_reason: REASON, updated_at: sql`now()` })
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', at.toISOString());

  return {
    async list(
      userId: UserId,
      listing: LiveAuthSessionListing,
    ): Promise<Page<LiveAuthSessionRecord>> {
      const { at, page, pageSize, sort } = listing;
      const { total } = await liveOf(userId, at)
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await liveOf(userId, at)
        .select((row) => [
          'id',
          'user_agent as userAgent',
          'ip',
          row('impersonator_id', 'is not', null).as('isImpersonation'),
          'created_at as createdAt',
          'expires_at as expiresAt',
          row
            .selectFrom('refresh_tokens')
            .select((token) => token.fn.max('used_at').as('used_at'))
            .whereRef('refresh_tokens.auth_session_id', '=', 'auth_sessions.id')
            .as('lastRefreshedAt'),
        ])
        .orderBy('created_at', sort.direction)
        .orderBy('id', sort.direction)
        .limit(pageSize)
        .offset(pageOffset(listing))
        .$castTo<LiveAuthSessionRecord>()
        .execute();
      return { items, total, page, pageSize };
    },

    /** False for one that is not the user's, or not live. */
    async revoke(
      { userId, id }: { readonly userId: UserId; readonly id: AuthSessionId },
      at: Date,
    ): Promise<boolean> {
      const result = await revoke(userId, at).where('id', '=', id).executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /** Which they were. */
    async revokeOthers(
      { userId, kept }: { readonly userId: UserId; readonly kept: AuthSessionId },
      at: Date,
    ): Promise<readonly AuthSessionId[]> {
      const revoked = await revoke(userId, at)
        .where('id', '<>', kept)
        .returning('id')
        .$castTo<{ readonly id: AuthSessionId }>()
        .execute();
      return revoked.map(({ id }) => id);
    },
  };
}
