import { sql } from 'kysely';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import type { AuthSessionId, UserId } from '#shared/ids';

export type RevocationReason =
  | 'logout'
  | 'password_changed'
  | 'password_reset'
  | 'refresh_token_reused'
  | 'account_deactivated'
  | 'account_erased'
  | 'revoked_by_user';

export type AuthSessionRecord = {
  readonly userId: UserId;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
};

export type NewAuthSession = {
  readonly id: AuthSessionId;
  readonly userId: UserId;
  /** The administrator who opened it in the user's name. */
  readonly impersonatorId?: UserId;
  readonly userAgent: string | null;
  readonly ip: string | null;
  readonly expiresAt: Date;
};

export type Revocation = { readonly at: Date; readonly reason: RevocationReason };

const findAuthSession = compileOnce<{ readonly id: AuthSessionId }, AuthSessionRecord>(
  (queries, valueOf) =>
    queries
      .selectFrom('auth_sessions')
      .select(['user_id as userId', 'expires_at as expiresAt', 'revoked_at as revokedAt'])
      .where('id', '=', valueOf('id'))
      .$castTo<AuthSessionRecord>(),
);

type AuthSessionRow = Omit<NewAuthSession, 'impersonatorId' | 'expiresAt'> & {
  readonly impersonatorId: UserId | null;
  readonly expiresAt: string;
};

const insertAuthSession = compileOnce<AuthSessionRow, unknown>((queries, valueOf) =>
  queries.insertInto('auth_sessions').values({
    id: valueOf('id'),
    user_id: valueOf('userId'),
    impersonator_id: valueOf('impersonatorId'),
    user_agent: valueOf('userAgent'),
    ip: valueOf('ip'),
    expires_at: valueOf('expiresAt'),
  }),
);

export type AuthSessionsRepository = ReturnType<typeof createAuthSessionsRepository>;

export function createAuthSessionsRepository(queries: Queries) {
  const revoke = ({ at, reason }: Revocation) =>
    queries
      .updateTable('auth_sessions')
      .set({ revoked_at: at.toISOString(), revoked_reason: reason, updated_at: sql`now()` })
      .where('revoked_at', 'is', null);

  return {
    async insert(session: NewAuthSession): Promise<void> {
      const impersonatorId = session.impersonatorId ?? null;
      const expiresAt = session.expiresAt.toISOString();
      await insertAuthSession(queries, { ...session, impersonatorId, expiresAt });
    },

    async find(id: AuthSessionId): Promise<AuthSessionRecord | undefined> {
      const [session] = await findAuthSession(queries, { id });
      return session;
    },

    /** Puts off the end of a session; it never comes nearer. */
    async extend(id: AuthSessionId, expiresAt: Date): Promise<void> {
      await queries
        .updateTable('auth_sessions')
        .set({ expires_at: expiresAt.toISOString(), updated_at: sql`now()` })
        .where('id', '=', id)
        .where('expires_at', '<', expiresAt.toISOString())
        .execute();
    },

    /** False when it was revoked before. */
    async revoke(id: AuthSessionId, revocation: Revocation): Promise<boolean> {
      const result = await revoke(revocation).where('id', '=', id).executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /** Revokes every session of the user but one; returns which. */
    async revokeOthers(
      { userId, kept }: { readonly userId: UserId; readonly kept: AuthSessionId },
      revocation: Revocation,
    ): Promise<readonly AuthSessionId[]> {
      const revoked = await revoke(revocation)
        .where('user_id', '=', userId)
        .where('id', '<>', kept)
        .returning('id')
        .$castTo<{ readonly id: AuthSessionId }>()
        .execute();
      return revoked.map(({ id }) => id);
    },

    /** Revokes every session of the user; returns which. */
    async revokeAll(userId: UserId, revocation: Revocation): Promise<readonly AuthSessionId[]> {
      const revoked = await revoke(revocation)
        .where('user_id', '=', userId)
        .returning('id')
        .$castTo<{ readonly id: AuthSessionId }>()
        .execute();
      return revoked.map(({ id }) => id);
    },

    /** Deletes at most `limit` sessions that expired, or were revoked, before the given times. */
    async deleteEnded(
      before: { readonly expired: Date; readonly revoked: Date },
      limit: number,
    ): Promise<number> {
      const ended = queries
        .selectFrom('auth_sessions')
        .select('id')
        .where((row) =>
          row.or([
            row('expires_at', '<', before.expired.toISOString()),
            row('revoked_at', '<', before.revoked.toISOString()),
          ]),
        )
        .limit(limit);
      const result = await queries
        .deleteFrom('auth_sessions')
        .where('id', 'in', ended)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
