import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamId, UserId } from '#shared/ids';
import type { EmailAddress } from '../users/parse-email.ts';
import type { Membership } from './plan-departure.ts';

export type DeparturesRepository = ReturnType<typeof createDeparturesRepository>;

/** Who takes a team over: an owner before others, then whoever has been there longest. */
const BY_SENIORITY = sql`array_position(array['owner', 'admin', 'member', 'viewer'], role), created_at, id`;

/** Takes a user out of teams and of the service. Needs the system scope: it sees all of their teams. */
export function createDeparturesRepository(queries: Queries) {
  return {
    /** Locks the user, so that nothing is given to them any more. */
    async lockUser(userId: UserId): Promise<boolean> {
      const user = await queries
        .selectFrom('users')
        .select('id')
        .where('id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      return user !== undefined;
    },

    async findEmail(userId: UserId): Promise<EmailAddress | undefined> {
      const user = await queries
        .selectFrom('users')
        .select('email')
        .where('id', '=', userId)
        .$castTo<{ readonly email: EmailAddress | null }>()
        .executeTakeFirst();
      return user?.email ?? undefined;
    },

    /** The user's teams, locked: nobody joins or leaves them until the transaction ends. */
    async lockMemberships(userId: UserId): Promise<readonly Membership[]> {
      const teams = await queries
        .selectFrom('teams')
        .select('id')
        .where('id', 'in', (team) =>
          team.selectFrom('team_members').select('team_id').where('user_id', '=', userId),
        )
        .orderBy('id')
        .forUpdate()
        .execute();
      const ids = teams.map(({ id }) => id);
      const { rows } = await sql<Membership>`
        select team.id as "teamId", count(other.id) > 0 as "hasOthers",
          count(other.id) filter (where other.role = 'owner') > 0 as "hasOtherOwner"
        from unnest(${ids}::uuid[]) as team (id)
        left join team_members other on other.team_id = team.id and other.user_id <> ${userId}
        group by team.id
      `.execute(queries);
      return rows;
    },

    /** Makes the most senior of a team's other members its owner; says whom. */
    async promoteHeir(teamId: TeamId, leaver: UserId): Promise<readonly UserId[]> {
      const { rows } = await sql<{ readonly userId: UserId }>`
        update team_members set role = 'owner', updated_at = now()
        where id = (select id from team_members where team_id = ${teamId} and user_id <> ${leaver}
          order by ${BY_SENIORITY} limit 1)
        returning user_id as "userId"
      `.execute(queries);
      return rows.map(({ userId }) => userId);
    },

    async findHeir(teamId: TeamId, leaver: UserId): Promise<UserId | undefined> {
      const { rows } = await sql<{ readonly userId: UserId }>`
        select user_id as "userId" from team_members where team_id = ${teamId} and user_id <> ${leaver}
        order by ${BY_SENIORITY} limit 1
      `.execute(queries);
      return rows[0]?.userId;
    },

    /** Ends the user's memberships of teams that stay, and makes none of them their personal one. */
    async leave(userId: UserId, teamIds: readonly TeamId[]): Promise<void> {
      if (teamIds.length === 0) return;
      await queries
        .deleteFrom('team_members')
        .where('user_id', '=', userId)
        .where('team_id', 'in', teamIds)
        .execute();
      await queries
        .updateTable('teams')
        .set({ personal_user_id: null, updated_at: sql`now()` })
        .where('personal_user_id', '=', userId)
        .where('id', 'in', teamIds)
        .execute();
    },

    async deactivate(userId: UserId): Promise<void> {
      await queries
        .updateTable('users')
        .set({ is_active: false, updated_at: sql`now()` })
        .where('id', '=', userId)
        .execute();
    },

    /** What goes last: the teams, and the user. */
    async remove(userId: UserId, teamIds: readonly TeamId[]): Promise<void> {
      if (teamIds.length > 0)
        await queries.deleteFrom('teams').where('id', 'in', teamIds).execute();
      await queries.deleteFrom('users').where('id', '=', userId).execute();
    },
  };
}
