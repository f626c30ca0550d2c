import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { MemoryId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

/** `said` by the user, or `taken` by a model from what the user wrote. */
export type MemorySource = 'said' | 'taken';

export type MemoryRecord = {
  readonly id: MemoryId;
  readonly content: string;
  readonly source: MemorySource;
  readonly createdAt: string;
};

export type NewMemory = Pick<MemoryRecord, 'id' | 'content' | 'source'> & {
  readonly teamId: TeamId;
  readonly userId: UserId;
};

const COLUMNS = ['id', 'content', 'source', 'created_at as createdAt'] as const;

export type MemoriesRepository = ReturnType<typeof createMemoriesRepository>;

/** What is remembered of users: the scope holds the team, each query the user. */
export function createMemoriesRepository(queries: Queries) {
  const ofUser = (userId: UserId) => queries.selectFrom('memories').where('user_id', '=', userId);

  return {
    async isEnabled(userId: UserId): Promise<boolean> {
      const row = await queries
        .selectFrom('memory_settings')
        .select('is_enabled as isEnabled')
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row?.isEnabled ?? false;
    },

    /** As `isEnabled`, and lets nobody else add or turn off until the transaction ends. */
    async lockEnabled(userId: UserId): Promise<boolean> {
      const row = await queries
        .selectFrom('memory_settings')
        .select('is_enabled as isEnabled')
        .where('user_id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      return row?.isEnabled ?? false;
    },

    /** What was written before it is turned on is never read. */
    async setEnabled(
      { teamId, userId }: { readonly teamId: TeamId; readonly userId: UserId },
      isEnabled: boolean,
    ): Promise<void> {
      await queries
        .insertInto('memory_settings')
        .values({ team_id: teamId, user_id: userId, is_enabled: isEnabled })
        .onConflict((conflict) =>
          conflict
            .columns(['user_id', 'team_id'])
            .doUpdateSet({ is_enabled: isEnabled, read_until: sql`now()`, updated_at: sql`now()` })
            .where('memory_settings.is_enabled', '!=', isEnabled),
        )
        .execute();
    },

    /** Youngest first, and none while it is turned off. */
    async recall(userId: UserId, limit: number): Promise<readonly string[]> {
      const rows = await ofUser(userId)
        .select('content')
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('memory_settings')
              .select('user_id')
              .where('user_id', '=', userId)
              .where('is_enabled', '=', true),
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ content }) => content);
    },

    /** Youngest first. */
    async list(userId: UserId, page: PageRequest): Promise<Page<MemoryRecord>> {
      const items = await ofUser(userId)
        .select(COLUMNS)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.pageSize)
        .offset(pageOffset(page))
        .$castTo<MemoryRecord>()
        .execute();
      return { items, total: await this.count(userId), page: page.page, pageSize: page.pageSize };
    },

    async count(userId: UserId): Promise<number> {
      const { total } = await ofUser(userId)
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },

    /** Undefined where it is remembered already. */
    async insert(memory: NewMemory): Promise<MemoryRecord | undefined> {
      return queries
        .insertInto('memories')
        .values({
          id: memory.id,
          team_id: memory.teamId,
          user_id: memory.userId,
          content: memory.content,
          source: memory.source,
        })
        .onConflict((conflict) => conflict.columns(['user_id', 'team_id', 'content']).doNothing())
        .returning(COLUMNS)
        .$castTo<MemoryRecord>()
        .executeTakeFirst();
    },

    async remove(userId: UserId, id: MemoryId): Promise<boolean> {
      const { numDeletedRows } = await queries
        .deleteFrom('memories')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    async removeAll(userId: UserId): Promise<void> {
      await queries.deleteFrom('memories').where('user_id', '=', userId).execute();
    },
  };
}
