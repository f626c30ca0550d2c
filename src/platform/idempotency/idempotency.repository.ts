import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamId, UserId } from '#shared/ids';

/** One key of one user in one team. */
export type IdempotencyKey = {
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly key: string;
};

export type StoredAnswer = {
  readonly requestHash: Buffer;
  /** Null while the first request is being worked on. */
  readonly statusCode: number | null;
  /** The body exactly as it was sent. */
  readonly response: string | null;
};

export type FinalAnswer = StoredAnswer & { readonly statusCode: number };

export type Claim = {
  readonly requestHash: Buffer;
  readonly lockSeconds: number;
  readonly keepSeconds: number;
};

export type IdempotencyRepository = ReturnType<typeof createIdempotencyRepository>;

export function createIdempotencyRepository(queries: Queries) {
  return {
    /** Takes the key for this request; false when another request has it. */
    async claim(id: IdempotencyKey, claim: Claim): Promise<boolean> {
      const claimed = {
        request_hash: claim.requestHash,
        status_code: null,
        response: null,
        locked_until: sql<string>`now() + make_interval(secs => ${claim.lockSeconds})`,
        expires_at: sql<string>`now() + make_interval(secs => ${claim.keepSeconds})`,
      };
      const row = await queries
        .insertInto('idempotency_keys')
        .values({ team_id: id.teamId, user_id: id.userId, key: id.key, ...claimed })
        .onConflict((conflict) =>
          conflict
            .columns(['user_id', 'team_id', 'key'])
            .doUpdateSet({ ...claimed, created_at: sql<string>`now()` })
            .where(
              sql<boolean>`idempotency_keys.expires_at < now() or (idempotency_keys.status_code is null and idempotency_keys.locked_until < now())`,
            ),
        )
        .returning('key')
        .executeTakeFirst();
      return row !== undefined;
    },

    async find(id: IdempotencyKey): Promise<StoredAnswer | undefined> {
      return queries
        .selectFrom('idempotency_keys')
        .select(['request_hash as requestHash', 'status_code as statusCode'])
        .select(sql<string | null>`response #>> '{}'`.as('response'))
        .where('user_id', '=', id.userId)
        .where('team_id', '=', id.teamId)
        .where('key', '=', id.key)
        .executeTakeFirst();
    },

    /** Keeps the answer of the request that holds the key; of another one nothing is kept. */
    async complete(id: IdempotencyKey, answer: FinalAnswer): Promise<void> {
      await queries
        .updateTable('idempotency_keys')
        .set({
          status_code: answer.statusCode,
          // As one JSON string: an object would come back with its members in another order.
          response: sql`to_jsonb(${answer.response}::text)`,
        })
        .where('user_id', '=', id.userId)
        .where('team_id', '=', id.teamId)
        .where('key', '=', id.key)
        .where('request_hash', '=', answer.requestHash)
        .where('status_code', 'is', null)
        .execute();
    },

    /** Gives the key back, so that the same request can be tried again. */
    async release(id: IdempotencyKey, requestHash: Buffer): Promise<void> {
      await queries
        .deleteFrom('idempotency_keys')
        .where('user_id', '=', id.userId)
        .where('team_id', '=', id.teamId)
        .where('key', '=', id.key)
        .where('request_hash', '=', requestHash)
        .where('status_code', 'is', null)
        .execute();
    },

    /** Deletes at most so many keys of a user, and of all users of the teams. */
    async deleteOf(
      { userId, teamIds }: { readonly userId: UserId; readonly teamIds: readonly TeamId[] },
      limit: number,
    ): Promise<number> {
      const { numAffectedRows } = await sql`
        delete from idempotency_keys where ctid = any(array(
          select ctid from idempotency_keys
          where user_id = ${userId} or team_id = any(${teamIds}::uuid[]) limit ${limit}))
      `.execute(queries);
      return Number(numAffectedRows ?? 0n);
    },

    /** Deletes what is past its time; returns how many. */
    async deleteExpired(limit: number): Promise<number> {
      const expired = queries
        .selectFrom('idempotency_keys')
        .select(['user_id', 'team_id', 'key'])
        .where('expires_at', '<', sql<string>`now()`)
        .limit(limit);
      const result = await queries
        .deleteFrom('idempotency_keys')
        .where(({ refTuple, eb }) =>
          eb(
            refTuple('user_id', 'team_id', 'key'),
            'in',
            expired.$asTuple('user_id', 'team_id', 'key'),
          ),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
