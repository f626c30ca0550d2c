import { sql } from 'kysely';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import type { ProjectId, TeamId, UserId } from '#shared/ids';
import type { ProjectSettings } from './project-settings.ts';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

/** What clients keep with a project, by names of their own. */
export type ProjectMetadata = Readonly<Record<string, string>>;

export type ProjectRecord = {
  readonly id: ProjectId;
  readonly teamId: TeamId;
  readonly ownerId: UserId;
  readonly name: string;
  readonly description: string | null;
  readonly metadata: ProjectMetadata;
  readonly settings: ProjectSettings;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type NewProject = Pick<
  ProjectRecord,
  'id' | 'teamId' | 'ownerId' | 'name' | 'description' | 'metadata'
>;
export type ProjectChanges = {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly metadata?: ProjectMetadata | undefined;
  readonly settings?: ProjectSettings | undefined;
};
export type ProjectListing = PageRequest & {
  readonly isDeleted: boolean;
  readonly sort: { readonly column: 'created_at' | 'name'; readonly direction: 'asc' | 'desc' };
};

/** Projects before or after one, by the time they were made. */
export type ProjectSlice = {
  readonly afterId: ProjectId | undefined;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
};

export type ExpiredProject = Pick<ProjectRecord, 'id' | 'teamId'>;

const COLUMNS = [
  'id',
  'team_id as teamId',
  'owner_id as ownerId',
  'name',
  'description',
  'metadata',
  'settings',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

const insertProject = compileOnce<NewProject, ProjectRecord>((queries, valueOf) =>
  queries
    .insertInto('projects')
    .values({
      id: valueOf('id'),
      team_id: valueOf('teamId'),
      owner_id: valueOf('ownerId'),
      name: valueOf('name'),
      description: valueOf('description'),
      metadata: sql`${valueOf('metadata')}::jsonb`,
    })
    .returning(COLUMNS)
    .$castTo<ProjectRecord>(),
);

const findProject = compileOnce<Pick<ProjectRecord, 'id'>, ProjectRecord>((queries, valueOf) =>
  queries
    .selectFrom('projects')
    .select(COLUMNS)
    .where('deleted_at', 'is', null)
    .where('id', '=', valueOf('id'))
    .$castTo<ProjectRecord>(),
);

type Listed = ProjectRecord & { readonly total: number };
type ListInput = { readonly teamId: TeamId; readonly limit: number; readonly offset: number };

type ListProjects = (queries: Queries, input: ListInput) => Promise<readonly Listed[]>;

/** By the way to filter and sort, of which there are few. */
const listings = new Map<string, ListProjects>();

function listingOf({ isDeleted, sort: { column, direction } }: ProjectListing): ListProjects {
  const name = `${isDeleted} ${column} ${direction}`;
  const known = listings.get(name);
  if (known) return known;
  const listProjects = compileOnce<ListInput, Listed>((queries, valueOf) => {
    const matching = queries
      .selectFrom('projects')
      .where('team_id', '=', valueOf('teamId'))
      .where('deleted_at', isDeleted ? 'is not' : 'is', null);
    const countAll = matching.select((row) => row.fn.countAll<number>().as('total'));
    return matching
      .select([...COLUMNS, countAll.as('total')])
      .orderBy(column, direction)
      .orderBy('id', direction)
      .limit(valueOf('limit'))
      .offset(valueOf('offset'))
      .$castTo<Listed>();
  });
  listings.set(name, listProjects);
  return listProjects;
}

export type ProjectsRepository = ReturnType<typeof createProjectsRepository>;

export function createProjectsRepository(queries: Queries) {
  return {
    async insert(project: NewProject): Promise<ProjectRecord> {
      const [inserted] = await insertProject(queries, project);
      if (!inserted) throw new Error('An insert returns its row');
      return inserted;
    },

    async find(id: ProjectId): Promise<ProjectRecord | undefined> {
      const [project] = await findProject(queries, { id });
      return project;
    },

    async list(teamId: TeamId, listing: ProjectListing): Promise<Page<ProjectRecord>> {
      const { page, pageSize } = listing;
      const list = listingOf(listing);
      const rows = await list(queries, { teamId, limit: pageSize, offset: pageOffset(listing) });
      // A page past the end has no row to carry the total.
      const [first] = rows.length > 0 ? rows : await list(queries, { teamId, limit: 1, offset: 0 });
      return { items: rows, total: first?.total ?? 0, page, pageSize };
    },

    async slice({ afterId, direction, limit }: ProjectSlice): Promise<readonly ProjectRecord[]> {
      return queries
        .selectFrom('projects')
        .select(COLUMNS)
        .where('deleted_at', 'is', null)
        .where((row) =>
          afterId ? row('id', direction === 'asc' ? '>' : '<', afterId) : row.val(true),
        )
        .orderBy('id', direction)
        .limit(limit)
        .$castTo<ProjectRecord>()
        .execute();
    },

    async update(
      id: ProjectId,
      { metadata, settings, ...rest }: ProjectChanges,
    ): Promise<ProjectRecord | undefined> {
      return queries
        .updateTable('projects')
        .set({
          ...rest,
          ...(metadata && { metadata: JSON.stringify(metadata) }),
          ...(settings && { settings: JSON.stringify(settings) }),
          updated_at: sql`now()`,
        })
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

    /** Removes at most so many projects of the teams, living or not; how many it were. */
    async removeOfTeams(teamIds: readonly TeamId[], limit: number): Promise<number> {
      const some = queries
        .selectFrom('projects')
        .select('id')
        .where('team_id', '=', sql<TeamId>`any(${teamIds}::uuid[])`)
        .limit(limit);
      const result = await queries
        .deleteFrom('projects')
        .where('id', 'in', some)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
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
