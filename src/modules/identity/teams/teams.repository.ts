import type { Queries } from '#platform/db/database';
import type { TeamId, UserId } from '#shared/ids';
import { newId } from '#shared/ids';

export type TeamsRepository = ReturnType<typeof createTeamsRepository>;

export function createTeamsRepository(queries: Queries) {
  return {
    /** The team that each user has, with the user as its owner. */
    async insertPersonal(team: {
      readonly id: TeamId;
      readonly userId: UserId;
      readonly name: string;
    }) {
      await queries
        .insertInto('teams')
        .values({ id: team.id, name: team.name, personal_user_id: team.userId })
        .execute();
      await queries
        .insertInto('team_members')
        .values({ id: newId(), team_id: team.id, user_id: team.userId, role: 'owner' })
        .execute();
    },
  };
}
