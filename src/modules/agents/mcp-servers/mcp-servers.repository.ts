import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { McpServerId, ProjectId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

export type McpServerRecord = {
  readonly id: McpServerId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly name: string;
  readonly url: string;
  readonly sealedHeaders: string;
  readonly headerNames: readonly string[];
  readonly isEnabled: boolean;
  readonly approvals: readonly string[];
  readonly createdById: UserId | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type McpServerContent = Pick<
  McpServerRecord,
  'url' | 'sealedHeaders' | 'headerNames' | 'isEnabled' | 'approvals'
>;

export type NewMcpServer = McpServerContent &
  Pick<McpServerRecord, 'id' | 'teamId' | 'projectId' | 'name' | 'createdById'>;

export type McpServerKey = Pick<McpServerRecord, 'projectId' | 'id'>;

const COLUMNS = [
  'id',
  'team_id as teamId',
  'project_id as projectId',
  'name',
  'url',
  'sealed_headers as sealedHeaders',
  'header_names as headerNames',
  'enabled as isEnabled',
  'approvals',
  'created_by_id as createdById',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export type McpServersRepository = ReturnType<typeof createMcpServersRepository>;

export function createMcpServersRepository(queries: Queries) {
  return {
    /** Undefined where the project has one of this name already. */
    async insert(server: NewMcpServer): Promise<McpServerRecord | undefined> {
      return queries
        .insertInto('mcp_servers')
        .values({
          id: server.id,
          team_id: server.teamId,
          project_id: server.projectId,
          name: server.name,
          created_by_id: server.createdById,
          ...columnsOf(server),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning(COLUMNS)
        .$castTo<McpServerRecord>()
        .executeTakeFirst();
    },

    async find({ projectId, id }: McpServerKey): Promise<McpServerRecord | undefined> {
      return queries
        .selectFrom('mcp_servers')
        .select(COLUMNS)
        .where('project_id', '=', projectId)
        .where('id', '=', id)
        .$castTo<McpServerRecord>()
        .executeTakeFirst();
    },

    async list(projectId: ProjectId, page: PageRequest): Promise<Page<McpServerRecord>> {
      const matching = queries.selectFrom('mcp_servers').where('project_id', '=', projectId);
      const { total } = await matching
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await matching
        .select(COLUMNS)
        .orderBy('name')
        .limit(page.pageSize)
        .offset(pageOffset(page))
        .$castTo<McpServerRecord>()
        .execute();
      return { ...page, items, total };
    },

    /** Those that may be used. */
    async listEnabled(
      projectId: ProjectId,
      names: readonly string[],
    ): Promise<readonly McpServerRecord[]> {
      return queries
        .selectFrom('mcp_servers')
        .select(COLUMNS)
        .where('project_id', '=', projectId)
        .where('enabled', '=', true)
        .where('name', '=', sql<string>`any(${names}::text[])`)
        .orderBy('name')
        .$castTo<McpServerRecord>()
        .execute();
    },

    async replace(id: McpServerId, content: McpServerContent): Promise<void> {
      await queries
        .updateTable('mcp_servers')
        .set({ ...columnsOf(content), updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async remove(id: McpServerId): Promise<void> {
      await queries.deleteFrom('mcp_servers').where('id', '=', id).execute();
    },
  };
}

function columnsOf({ url, sealedHeaders, headerNames, isEnabled, approvals }: McpServerContent) {
  return {
    url,
    sealed_headers: sealedHeaders,
    header_names: [...headerNames],
    enabled: isEnabled,
    approvals: [...approvals],
  };
}
