import { jsonArrayFrom } from 'kysely/helpers/postgres';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import type { TeamRole, Tier } from '#shared/actor';
import type { TeamId, UserId } from '#shared/ids';
import { USER_COLUMNS } from '../users/user-columns.ts';
import type { UserRecord } from '../users/users.repository.ts';

export type AccountTeam = {
  readonly id: TeamId;
  readonly role: TeamRole;
  readonly tier: Tier;
  readonly isPersonal: boolean;
};

/** What a credential gives its bearer: the user and the teams to act for. */
export type AccountRecord = UserRecord & { readonly teams: readonly AccountTeam[] };

const findAccount = compileOnce<Pick<AccountRecord, 'id'>, AccountRecord>((queries, valueOf) =>
  queries
    .selectFrom('users')
    .innerJoin('teams as personal', 'personal.personal_user_id', 'users.id')
    .where('users.id', '=', valueOf('id'))
    .select((user) => [
      ...USER_COLUMNS,
      'personal.tier',
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
    .$castTo<AccountRecord>(),
);

export type AccountsRepository = ReturnType<typeof createAccountsRepository>;

/** Needs the system scope: it reads the teams of one user. */
export function createAccountsRepository(queries: Queries) {
  return {
    async find(id: UserId): Promise<AccountRecord | undefined> {
      const [account] = await findAccount(queries, { id });
      return account;
    },
  };
}
