import { hash } from 'node:crypto';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import { newId } from '#shared/ids';

type RateHitRow = {
  readonly id: string;
  readonly keyHash: Buffer;
  readonly at: string;
  readonly expiresAt: string;
};

const insertHit = compileOnce<RateHitRow, unknown>((queries, valueOf) =>
  queries.insertInto('rate_hits').values({
    id: valueOf('id'),
    key_hash: valueOf('keyHash'),
    hit_at: valueOf('at'),
    expires_at: valueOf('expiresAt'),
  }),
);

export type RateHitsRepository = ReturnType<typeof createRateHitsRepository>;

/** Needs no scope: it is asked before anybody is signed in. */
export function createRateHitsRepository(queries: Queries) {
  return {
    async add(key: string, hit: { readonly at: Date; readonly expiresAt: Date }): Promise<void> {
      await insertHit(queries, {
        id: newId(),
        keyHash: hashKey(key),
        at: hit.at.toISOString(),
        expiresAt: hit.expiresAt.toISOString(),
      });
    },

    /** When the key's youngest hits were, oldest first. */
    async list(key: string, since: Date, limit: number): Promise<readonly Date[]> {
      const hits = await queries
        .selectFrom('rate_hits')
        .select('hit_at')
        .where('key_hash', '=', hashKey(key))
        .where('hit_at', '>', since.toISOString())
        .orderBy('hit_at', 'desc')
        .limit(limit)
        .execute();
      return hits.map(({ hit_at: at }) => new Date(at)).toReversed();
    },

    async deleteExpired(before: Date, limit: number): Promise<number> {
      const expired = queries
        .selectFrom('rate_hits')
        .select('id')
        .where('expires_at', '<', before.toISOString())
        .limit(limit);
      const result = await queries
        .deleteFrom('rate_hits')
        .where('id', 'in', expired)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
