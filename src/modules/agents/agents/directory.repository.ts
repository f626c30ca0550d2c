import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { AgentId, ProjectId } from '#shared/ids';
import type { AgentContent } from './agent-content.ts';

/** Somebody who can be asked: an agent, or a project whose default assistant answers. */
export type DirectoryEntry = {
  readonly id: AgentId | ProjectId;
  readonly projectId: ProjectId;
  /** Null for the default assistant of the project. */
  readonly agentId: AgentId | null;
  readonly name: string;
  readonly version: number;
  readonly content: AgentContent | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type DirectoryFilter = {
  readonly id?: string | undefined;
  readonly projectId?: ProjectId | undefined;
  /** A part of the name, in whatever case. */
  readonly name?: string | undefined;
};

export type DirectoryOrder = {
  readonly column: 'id' | 'name' | 'created_at' | 'updated_at';
  readonly direction: 'asc' | 'desc';
};

export type DirectoryListing = DirectoryFilter & {
  readonly order: DirectoryOrder;
  readonly limit: number;
  readonly offset: number;
};

export type DirectoryRepository = ReturnType<typeof createDirectoryRepository>;

const COLUMNS = {
  id: sql`id`,
  name: sql`name`,
  created_at: sql`"createdAt"`,
  updated_at: sql`"updatedAt"`,
} satisfies Record<DirectoryOrder['column'], RawBuilder<unknown>>;
const DIRECTIONS = { asc: sql`asc`, desc: sql`desc` };

/** All projects and agents of a team that are not deleted. */
export function createDirectoryRepository(queries: Queries) {
  const matching = ({ id = '', projectId, name = '' }: DirectoryFilter) => sql`
    select * from (
      select id, id as "projectId", null::uuid as "agentId", name, 1 as version, null::jsonb as content,
        created_at as "createdAt", updated_at as "updatedAt"
      from projects where deleted_at is null
      union all
      select agents.id, agents.project_id, agents.id, agents.name, agents.version, newest.content,
        agents.created_at, newest.created_at
      from agents
      join agent_versions newest on newest.agent_id = agents.id and newest.version = agents.version
      join projects on projects.id = agents.project_id and projects.deleted_at is null
    ) as entry
    where (${id} = '' or id::text = ${id})
      and (${projectId ?? null}::uuid is null or "projectId" = ${projectId ?? null}::uuid)
      and strpos(lower(name), lower(${name})) > 0`;

  return {
    async list(listing: DirectoryListing): Promise<readonly DirectoryEntry[]> {
      const { order, limit, offset } = listing;
      const direction = DIRECTIONS[order.direction];
      const { rows } = await sql<DirectoryEntry>`
        ${matching(listing)} order by ${COLUMNS[order.column]} ${direction}, id ${direction}
        limit ${limit} offset ${offset}
      `.execute(queries);
      return rows;
    },

    async count(filter: DirectoryFilter): Promise<number> {
      const { rows } = await sql<{ readonly total: number }>`
        select count(*)::int as total from (${matching(filter)}) as found
      `.execute(queries);
      return rows[0]?.total ?? 0;
    },
  };
}
