import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { DocumentId, ProjectId, TeamId } from '#shared/ids';

export type TeamCounts = { readonly documents: number; readonly chunks: number };

export type TeamDocument = {
  readonly id: DocumentId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
};

export type TeamDocumentsRepository = ReturnType<typeof createTeamDocumentsRepository>;

/** Documents of teams that go; needs the system scope. */
export function createTeamDocumentsRepository(queries: Queries) {
  return {
    /** Some documents of the teams, deleted ones too. */
    async list(teamIds: readonly TeamId[], limit: number): Promise<readonly TeamDocument[]> {
      return queries
        .selectFrom('documents')
        .select(['id', 'team_id as teamId', 'project_id as projectId'])
        .where('team_id', '=', sql<TeamId>`any(${teamIds}::uuid[])`)
        .limit(limit)
        .$castTo<TeamDocument>()
        .execute();
    },

    /** All projects of the teams, deleted ones too. */
    async listProjects(teamIds: readonly TeamId[]): Promise<readonly ProjectId[]> {
      const rows = await queries
        .selectFrom('projects')
        .select('id')
        .where('team_id', '=', sql<TeamId>`any(${teamIds}::uuid[])`)
        .$castTo<{ id: ProjectId }>()
        .execute();
      return rows.map(({ id }) => id);
    },

    async count(teamIds: readonly TeamId[]): Promise<TeamCounts> {
      const { rows } = await sql<TeamCounts>`
        select (select count(*)::int from documents where team_id = any(${teamIds}::uuid[])) as documents,
          (select count(*)::int from chunks where team_id = any(${teamIds}::uuid[])) as chunks
      `.execute(queries);
      return rows[0] ?? { documents: 0, chunks: 0 };
    },
  };
}
