import type { Queries } from '#platform/db/database';
import { newId, type TeamId, type UserId } from '#shared/ids';

export type ServiceUsersRepository = ReturnType<typeof createServiceUsersRepository>;

/** The users that stand for teams: no person, without an address, a password or a personal team. */
export function createServiceUsersRepository(queries: Queries) {
  return {
    /** The team's service user, made where there is none yet. */
    async ensure(teamId: TeamId): Promise<UserId> {
      await queries
        .insertInto('users')
        .values({ id: newId(), service_team_id: teamId })
        .onConflict((conflict) => conflict.column('service_team_id').doNothing())
        .execute();
      const { id } = await queries
        .selectFrom('users')
        .select('id')
        .where('service_team_id', '=', teamId)
        .$castTo<{ readonly id: UserId }>()
        .executeTakeFirstOrThrow();
      return id;
    },
  };
}
