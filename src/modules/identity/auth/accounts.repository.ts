import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Queries } from '#platform/db/database';
import type { Role, TeamRole, Tier } from '#shared/actor';
import type { TeamId, UserId } from '#shared/ids';

export type AccountTeam = {
  readonly id: TeamId;
  readonly role: TeamRole;
  readonly tier: Tier;
  readonly isPersonal: boolean;
};

/** What a credential gives its bearer: the user and the teams to act for. */
export type AccountRecord = {
  readonly role: Role;
  readonly isActive: boolean;
  readonly teams: readonly AccountTeam[];
};

export type AccountsRepository = ReturnType<typeof createAccountsRepository>;

export function createAccountsRepository(queries: Queries) {
  return {
    async find(userId: UserId): Promise<AccountRecord | undefined> {
      return queries
        .selectFrom('users')
        .where('users.id', '=', userId)
        .select((user) => [
          'users.role',
          'users.is_active as isActive',
          jsonArrayFrom(
            user
              .selectFrom('team_members')
              .innerJoin('teams', 'teams.id', 'team_members.team_id')
              .whereRef('team_members.user_id', '=', 'users.id')
              .select((team) => [
                'teams.id',
                'team_members.role',
                'teams.tier',
                team('teams.personal_user_id', 'is not distinct from', team.ref('users.id')).as(
                  'isPersonal',
                ),
              ]),
          ).as('teams'),
        ])
        .$castTo<AccountRecord>()
        .executeTakeFirst();
    },
  };
}
