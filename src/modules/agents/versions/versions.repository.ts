import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ProjectId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

/** One version of something that a project has by name. */
export type Versioned<Id extends string, Content> = {
  readonly id: Id;
  readonly projectId: ProjectId;
  readonly name: string;
  readonly version: number;
  readonly content: Content;
  /** Who made this version; null once erased. */
  readonly createdById: UserId | null;
  /** When the first version was made. */
  readonly createdAt: string;
  /** When this version was made. */
  readonly updatedAt: string;
};

export type NewVersion<Content> = {
  readonly teamId: TeamId;
  readonly content: Content;
  readonly createdById: UserId;
};

export type NewVersioned<Id extends string, Content> = NewVersion<Content> &
  Pick<Versioned<Id, Content>, 'id' | 'projectId' | 'name'>;

/** By its id or its name; undefined for the newest version. */
export type VersionKey<Id extends string> = {
  readonly projectId: ProjectId;
  readonly version?: number | undefined;
} & ({ readonly id: Id } | { readonly name: string });

/** What has versions, and what its tables are called. */
export type VersionedKind = 'agent' | 'prompt';

export type VersionsRepository<Id extends string, Content> = ReturnType<
  typeof createVersionsRepository<Id, Content>
>;

export function createVersionsRepository<Id extends string, Content>(
  queries: Queries,
  kind: VersionedKind,
) {
  const names = sql.table(`${kind}s`);
  const versions = sql.table(`${kind}_versions`);
  const nameId = sql.ref(`${kind}_id`);
  const columns = sql`name.id, name.project_id as "projectId", name.name, each.version, each.content,
    each.created_by_id as "createdById", name.created_at as "createdAt", each.created_at as "updatedAt"`;
  const newest = sql`from ${names} as name
    join ${versions} as each on each.${nameId} = name.id and each.version = name.version`;

  async function insertVersion(id: Id, version: number, row: NewVersion<Content>): Promise<void> {
    await sql`
      insert into ${versions} (${nameId}, version, team_id, content, created_by_id)
      values (${id}, ${version}, ${row.teamId}, ${JSON.stringify(row.content)}::jsonb, ${row.createdById})
    `.execute(queries);
  }

  return {
    /** False where the project has one of this name already. */
    async insert(row: NewVersioned<Id, Content>): Promise<boolean> {
      const { numAffectedRows } = await sql`
        insert into ${names} (id, team_id, project_id, name)
        values (${row.id}, ${row.teamId}, ${row.projectId}, ${row.name}) on conflict do nothing
      `.execute(queries);
      if (numAffectedRows !== 1n) return false;
      await insertVersion(row.id, 1, row);
      return true;
    },

    /** Makes the next version; undefined where there is none to follow. */
    async addVersion(id: Id, row: NewVersion<Content>): Promise<number | undefined> {
      const { rows } = await sql<{ readonly version: number }>`
        update ${names} set version = version + 1, updated_at = now() where id = ${id} returning version
      `.execute(queries);
      const version = rows[0]?.version;
      if (version !== undefined) await insertVersion(id, version, row);
      return version;
    },

    async find(key: VersionKey<Id>): Promise<Versioned<Id, Content> | undefined> {
      const named = 'id' in key ? sql`name.id = ${key.id}` : sql`name.name = ${key.name}`;
      const { rows } = await sql<Versioned<Id, Content>>`
        select ${columns} from ${names} as name
        join ${versions} as each on each.${nameId} = name.id
          and each.version = coalesce(${key.version ?? null}::integer, name.version)
        where name.project_id = ${key.projectId} and ${named}
      `.execute(queries);
      return rows[0];
    },

    async list(projectId: ProjectId, page: PageRequest): Promise<Page<Versioned<Id, Content>>> {
      const { rows: items } = await sql<Versioned<Id, Content>>`
        select ${columns} ${newest} where name.project_id = ${projectId}
        order by name.name limit ${page.pageSize} offset ${pageOffset(page)}
      `.execute(queries);
      const { rows } = await sql<{ readonly total: number }>`
        select count(*)::int as total from ${names} where project_id = ${projectId}
      `.execute(queries);
      return { ...page, items, total: rows[0]?.total ?? 0 };
    },

    /** Newest first. */
    async listVersions(id: Id, page: PageRequest): Promise<Page<Versioned<Id, Content>>> {
      const { rows: items } = await sql<Versioned<Id, Content>>`
        select ${columns} from ${names} as name join ${versions} as each on each.${nameId} = name.id
        where name.id = ${id}
        order by each.version desc limit ${page.pageSize} offset ${pageOffset(page)}
      `.execute(queries);
      const { rows } = await sql<{ readonly total: number }>`
        select count(*)::int as total from ${versions} where ${nameId} = ${id}
      `.execute(queries);
      return { ...page, items, total: rows[0]?.total ?? 0 };
    },

    async remove(id: Id): Promise<void> {
      await sql`delete from ${names} where id = ${id}`.execute(queries);
    },
  };
}
