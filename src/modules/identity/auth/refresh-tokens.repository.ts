import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import { newId, type AuthSessionId, type UserId } from '#shared/ids';

export type RefreshTokenRecord = {
  readonly id: string;
  readonly authSessionId: AuthSessionId;
  readonly userId: UserId;
  readonly expiresAt: string;
  readonly usedAt: string | null;
  /** Set with `usedAt`. */
  readonly childSealed: Uint8Array | null;
  readonly isSessionRevoked: boolean;
  readonly isUserActive: boolean;
};

export type NewRefreshToken = {
  readonly authSessionId: AuthSessionId;
  readonly tokenHash: Uint8Array;
  readonly expiresAt: Date;
};

type RefreshTokenRow = Pick<NewRefreshToken, 'authSessionId'> & {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly expiresAt: string;
};

const insertRefreshToken = compileOnce<RefreshTokenRow, unknown>((queries, valueOf) =>
  queries.insertInto('refresh_tokens').values({
    id: valueOf('id'),
    auth_session_id: valueOf('authSessionId'),
    token_hash: valueOf('tokenHash'),
    expires_at: valueOf('expiresAt'),
  }),
);

export type RefreshTokensRepository = ReturnType<typeof createRefreshTokensRepository>;

export function createRefreshTokensRepository(queries: Queries) {
  return {
    async insert({ authSessionId, tokenHash, expiresAt }: NewRefreshToken): Promise<void> {
      await insertRefreshToken(queries, {
        id: newId(),
        authSessionId,
        tokenHash: Buffer.from(tokenHash),
        expiresAt: expiresAt.toISOString(),
      });
    },

    /** Finds a token and locks it, so that of parallel uses one goes first and the rest see its mark. */
    async lockByHash(tokenHash: Uint8Array): Promise<RefreshTokenRecord | undefined> {
      return queries
        .selectFrom('refresh_tokens')
        .innerJoin('auth_sessions', 'auth_sessions.id', 'refresh_tokens.auth_session_id')
        .innerJoin('users', 'users.id', 'auth_sessions.user_id')
        .select((row) => [
          'refresh_tokens.id',
          'refresh_tokens.auth_session_id as authSessionId',
          'auth_sessions.user_id as userId',
          'refresh_tokens.expires_at as expiresAt',
          'refresh_tokens.used_at as usedAt',
          'refresh_tokens.child_sealed as childSealed',
          row('auth_sessions.revoked_at', 'is not', null).as('isSessionRevoked'),
          'users.is_active as isUserActive',
        ])
        .where('refresh_tokens.token_hash', '=', Buffer.from(tokenHash))
        .forUpdate('refresh_tokens')
        .$castTo<RefreshTokenRecord>()
        .executeTakeFirst();
    },

    /** The living session that a token belongs to, used or not. */
    async findLiveSession(
      tokenHash: Uint8Array,
    ): Promise<Pick<RefreshTokenRecord, 'authSessionId' | 'userId'> | undefined> {
      return queries
        .selectFrom('refresh_tokens')
        .innerJoin('auth_sessions', 'auth_sessions.id', 'refresh_tokens.auth_session_id')
        .select(['auth_sessions.id as authSessionId', 'auth_sessions.user_id as userId'])
        .where('refresh_tokens.token_hash', '=', Buffer.from(tokenHash))
        .where('auth_sessions.revoked_at', 'is', null)
        .$castTo<Pick<RefreshTokenRecord, 'authSessionId' | 'userId'>>()
        .executeTakeFirst();
    },

    async markUsed(
      id: string,
      use: { readonly at: Date; readonly childSealed: Uint8Array },
    ): Promise<void> {
      await queries
        .updateTable('refresh_tokens')
        .set({ used_at: use.at.toISOString(), child_sealed: Buffer.from(use.childSealed) })
        .where('id', '=', id)
        .execute();
    },

    async deleteExpired(before: Date, limit: number): Promise<number> {
      const expired = queries
        .selectFrom('refresh_tokens')
        .select('id')
        .where('expires_at', '<', before.toISOString())
        .limit(limit);
      const result = await queries
        .deleteFrom('refresh_tokens')
        .where('id', 'in', expired)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
