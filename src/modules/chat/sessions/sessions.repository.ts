import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ProjectId, SessionId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

export type SessionRecord = {
  readonly id: SessionId;
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly projectId: ProjectId | null;
  readonly name: string | null;
  readonly model: string | null;
  readonly lastMessageAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type NewSession = Pick<
  SessionRecord,
  'id' | 'teamId' | 'userId' | 'projectId' | 'name' | 'model'
>;
export type SessionChanges = {
  readonly name?: string | undefined;
  readonly model?: string | null | undefined;
  readonly projectId?: ProjectId | null | undefined;
};
export type SessionListing = PageRequest & {
  readonly projectId?: ProjectId | undefined;
  readonly sort: {
    readonly column: 'created_at' | 'last_message_at' | 'name';
    readonly direction: 'asc' | 'desc';
  };
};

/** A session belongs to one user in one team: the scope holds the team, each query the user. */
export type SessionKey = { readonly id: SessionId; readonly userId: UserId };

const COLUMNS = [
  'id',
  'team_id as teamId',
  'user_id as userId',
  'project_id as projectId',
  'name',
  'model',
  'last_message_at as lastMessageAt',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export type SessionsRepository = ReturnType<typeof createSessionsRepository>;

export function createSessionsRepository(queries: Queries) {
  const one = ({ id, userId }: SessionKey) =>
    queries.selectFrom('sessions').where('id', '=', id).where('user_id', '=', userId);

  return {
    async insert(session: NewSession): Promise<SessionRecord> {
      return queries
        .insertInto('sessions')
        .values({
          id: session.id,
          team_id: session.teamId,
          user_id: session.userId,
          project_id: session.projectId,
          name: session.name,
          model: session.model,
        })
        .returning(COLUMNS)
        .$castTo<SessionRecord>()
        .executeTakeFirstOrThrow();
    },

    async find(key: SessionKey): Promise<SessionRecord | undefined> {
      return one(key).select(COLUMNS).$castTo<SessionRecord>().executeTakeFirst();
    },

    /** Finds the session and keeps runs from starting in it until the transaction ends. */
    async lock(key: SessionKey): Promise<boolean> {
      const row = await one(key).select('id').forUpdate().executeTakeFirst();
      return row !== undefined;
    },

    async list(userId: UserId, listing: SessionListing): Promise<Page<SessionRecord>> {
      const { projectId, sort } = listing;
      const matching = queries
        .selectFrom('sessions')
        .where('user_id', '=', userId)
        .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? null));
      const countAll = matching.select((row) => row.fn.countAll<number>().as('total'));
      const rows = await matching
        .select([...COLUMNS, countAll.as('total')])
        .orderBy(sort.column, (order) =>
          sort.direction === 'asc' ? order.asc().nullsFirst() : order.desc().nullsLast(),
        )
        .orderBy('id', sort.direction)
        .limit(listing.pageSize)
        .offset(pageOffset(listing))
        .$castTo<SessionRecord & { readonly total: number }>()
        .execute();
      // A page past the end has no row to carry the total.
      const total = rows[0]?.total ?? (await countAll.executeTakeFirstOrThrow()).total;
      return { items: rows, total, page: listing.page, pageSize: listing.pageSize };
    },

    async update(key: SessionKey, changes: SessionChanges): Promise<SessionRecord | undefined> {
      return queries
        .updateTable('sessions')
        .set({
          ...(changes.name !== undefined && { name: changes.name }),
          ...(changes.model !== undefined && { model: changes.model }),
          ...(changes.projectId !== undefined && { project_id: changes.projectId }),
          updated_at: sql`now()`,
        })
        .where('id', '=', key.id)
        .where('user_id', '=', key.userId)
        .returning(COLUMNS)
        .$castTo<SessionRecord>()
        .executeTakeFirst();
    },

    async remove(id: SessionId): Promise<void> {
      await queries.deleteFrom('sessions').where('id', '=', id).execute();
    },
  };
}
