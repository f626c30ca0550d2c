import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ErasureId, TeamId, UserId } from '#shared/ids';
import type { ErasureTally } from './user-eraser.ts';

export type ErasureRecord = {
  readonly id: ErasureId;
  /** Null once the user is gone. */
  readonly userId: UserId | null;
  /** Null once it stands in the audit log. */
  readonly pseudonym: string | null;
  readonly teamIds: readonly TeamId[];
  readonly tally: ErasureTally | null;
  readonly finishedAt: string | null;
};

export type NewErasure = {
  readonly id: ErasureId;
  readonly userId: UserId;
  readonly pseudonym: string;
  readonly teamIds: readonly TeamId[];
};

const COLUMNS = [
  'id',
  'user_id as userId',
  'pseudonym',
  'team_ids as teamIds',
  'tally',
  'finished_at as finishedAt',
] as const;

export type ErasuresRepository = ReturnType<typeof createErasuresRepository>;

/** Needs no scope: the table has no tenant. */
export function createErasuresRepository(queries: Queries) {
  const all = () => queries.selectFrom('user_erasures').select(COLUMNS).$castTo<ErasureRecord>();

  return {
    async insert(erasure: NewErasure): Promise<void> {
      await queries
        .insertInto('user_erasures')
        .values({
          id: erasure.id,
          user_id: erasure.userId,
          pseudonym: erasure.pseudonym,
          team_ids: [...erasure.teamIds],
        })
        .execute();
    },

    async find(id: ErasureId): Promise<ErasureRecord | undefined> {
      return all().where('id', '=', id).executeTakeFirst();
    },

    async findOfUser(userId: UserId): Promise<ErasureRecord | undefined> {
      return all().where('user_id', '=', userId).executeTakeFirst();
    },

    async saveTally(id: ErasureId, tally: ErasureTally): Promise<void> {
      await queries
        .updateTable('user_erasures')
        .set({ tally: JSON.stringify(tally), updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async touch(id: ErasureId): Promise<void> {
      await queries
        .updateTable('user_erasures')
        .set({ updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    /** Forgets whom it was about. */
    async finish(id: ErasureId): Promise<void> {
      await queries
        .updateTable('user_erasures')
        .set({
          user_id: null,
          pseudonym: null,
          team_ids: [],
          finished_at: sql`now()`,
          updated_at: sql`now()`,
        })
        .where('id', '=', id)
        .execute();
    },

    /** Unfinished ones without a sign of life for so long that their job must have died. */
    async listStale(silentSeconds: number, limit: number): Promise<readonly ErasureId[]> {
      const rows = await queries
        .selectFrom('user_erasures')
        .select('id')
        .where('finished_at', 'is', null)
        .where('updated_at', '<', secondsAgo(silentSeconds))
        .orderBy('updated_at')
        .limit(limit)
        .$castTo<{ readonly id: ErasureId }>()
        .execute();
      return rows.map(({ id }) => id);
    },

    async deleteFinished(keptSeconds: number): Promise<void> {
      await queries
        .deleteFrom('user_erasures')
        .where('finished_at', '<', secondsAgo(keptSeconds))
        .execute();
    },
  };
}

function secondsAgo(seconds: number) {
  return sql<string>`now() - make_interval(secs => ${seconds})`;
}
