import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ProjectId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

export type ProjectRecord = {
  readonly id: ProjectId;
  readonly teamId: TeamId;
  readonly ownerId: UserId;
  readonly name: string;
  readonly description: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type NewProject = Pick<ProjectRecord, 'id' | 'teamId' | 'ownerId' | 'name' | 'description'>;
export type ProjectChanges = {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
};
export type ProjectListing = PageRequest & {
  readonly isDeleted: boolean;
  readonly sort: { readonly column: 'created_at' | 'name'; readonly direction: 'asc' | 'desc' };
};

export type ExpiredProject = Pick<ProjectRecord, 'id' | 'teamId'>;

const COLUMNS = [
  'id',
  'team_id as teamId',
  'owner_id as ownerId',
  'name',
  'description',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export type ProjectsRepository = ReturnType<typeof createProjectsRepository>;

export function createProjectsRepository(queries: Queries) {
  const living = () => queries.selectFrom('projects').where('deleted_at', 'is', null);

  return {
    async insert(project: NewProject): Promise<ProjectRecord> {
      return queries
        .insertInto('projects')
        .values({
          id: project.id,
          team_id: project.teamId,
          owner_id: project.ownerId,
          name: project.name,
          description: project.description,
        })
        .returning(COLUMNS)
        .$castTo<ProjectRecord>()
        .executeTakeFirstOrThrow();
    },

    async find(id: ProjectId): Promise<ProjectRecord | undefined> {
      return living()
        .select(COLUMNS)
        .where('id', '=', id)
        .$castTo<ProjectRecord>()
        .executeTakeFirst();
    },

    async list(teamId: TeamId, listing: ProjectListing): Promise<Page<ProjectRecord>> {
      const matching = queries
        .selectFrom('projects')
        .where('team_id', '=', teamId)
        .where('deleted_at', listing.isDeleted ? 'is not' : 'is', null);
      const countAll = matching.select((row) => row.fn.countAll<number>().as('total'));
      const rows = await matching
        .select([...COLUMNS, countAll.as('total')])
        .orderBy(listing.sort.column, listing.sort.direction)
        .orderBy('id', listing.sort.direction)
        .limit(listing.pageSize)
        .offset(pageOffset(listing))
        .$castTo<ProjectRecord & { readonly total: number }>()
        .execute();
      // A page past the end has no row to carry the total.
      const total = rows[0]?.total ?? (await countAll.executeTakeFirstOrThrow()).total;
      return { items: rows, total, page: listing.page, pageSize: listing.pageSize };
    },

    async update(id: ProjectId, changes: ProjectChanges): Promise<ProjectRecord | undefined> {
      return queries
        .updateTable('projects')
        .set({ ...changes, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .returning(COLUMNS)
        .$castTo<ProjectRecord>()
        .executeTakeFirst();
    },

    /** Marks a living project deleted; false when there is none. */
    async markDeleted(id: ProjectId): Promise<boolean> {
      const result = await queries
        .updateTable('projects')
        .set({ deleted_at: sql`now()`, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async restore(id: ProjectId): Promise<ProjectRecord | undefined> {
      return queries
        .updateTable('projects')
        .set({ deleted_at: null, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('deleted_at', 'is not', null)
        .returning(COLUMNS)
        .$castTo<ProjectRecord>()
        .executeTakeFirst();
    },

    /** Deleted before the given time, oldest first: what a purge takes next. */
    async listExpired(deletedBefore: Date, limit: number): Promise<readonly ExpiredProject[]> {
      return queries
        .selectFrom('projects')
        .select(['id', 'team_id as teamId'])
        .where('deleted_at', '<', deletedBefore.toISOString())
        .orderBy('deleted_at')
        .limit(limit)
        .$castTo<ExpiredProject>()
        .execute();
    },

    async purge(id: ProjectId): Promise<void> {
      await queries
        .deleteFrom('projects')
        .where('id', '=', id)
        .where('deleted_at', 'is not', null)
        .execute();
    },
  };
}
