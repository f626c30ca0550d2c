import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { newId, type ProjectId, type TeamId, type UserId } from '#shared/ids';

export type ScratchProject = {
  readonly ownerId: UserId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
};

const NAME = 'Retrieval evaluation';

/** A project that nobody can sign in to, for a command that needs one for a while. */
export function createScratchProjectRepository(queries: Queries) {
  return {
    async add(): Promise<ScratchProject> {
      const ownerId = newId<UserId>();
      const teamId = newId<TeamId>();
      const projectId = newId<ProjectId>();
      await sql`insert into users (id, email, is_active)
        values (${ownerId}, ${`${ownerId}@scratch.invalid`}, false)`.execute(queries);
      await sql`insert into teams (id, name) values (${teamId}, ${NAME})`.execute(queries);
      await sql`insert into projects (id, team_id, owner_id, name)
        values (${projectId}, ${teamId}, ${ownerId}, ${NAME})`.execute(queries);
      return { ownerId, teamId, projectId };
    },

    async remove({ ownerId, teamId }: ScratchProject): Promise<void> {
      await sql`delete from teams where id = ${teamId}`.execute(queries);
      await sql`delete from users where id = ${ownerId}`.execute(queries);
    },
  };
}
