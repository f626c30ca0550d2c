import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamRole } from '#shared/actor';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { Membership } from './teams.repository.ts';

export type TeamMemberRecord = {
  readonly userId: UserId;
  readonly email: string | null;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly role: TeamRole;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type TeamMemberListing = PageRequest & {
  readonly sort: { readonly column: 'created_at'; readonly direction: 'asc' | 'desc' };
};

const COLUMNS = [
  'team_members.user_id as userId',
  'users.email',
  'users.username',
  'users.first_name as firstName',
  'users.last_name as lastName',
  'team_members.role',
  'team_members.created_at as createdAt',
  'team_members.updated_at as updatedAt',
] as const;

export type TeamMembersRepository = ReturnType<typeof createTeamMembersRepository>;

export function createTeamMembersRepository(queries: Queries) {
  const membersOf = (teamId: TeamId) =>
    queries
      .selectFrom('team_members')
      .innerJoin('users', 'users.id', 'team_members.user_id')
      .where('team_members.team_id', '=', teamId);

  return {
    async find({ teamId, userId }: Membership): Promise<TeamMemberRecord | undefined> {
      return membersOf(teamId)
        .select(COLUMNS)
        .where('team_members.user_id', '=', userId)
        .$castTo<TeamMemberRecord>()
        .executeTakeFirst();
    },

    async list(teamId: TeamId, listing: TeamMemberListing): Promise<Page<TeamMemberRecord>> {
      const { total } = await membersOf(teamId)
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await membersOf(teamId)
        .select(COLUMNS)
        .orderBy('team_members.created_at', listing.sort.direction)
        .orderBy('team_members.id', listing.sort.direction)
        .limit(listing.pageSize)
        .offset(pageOffset(listing))
        .$castTo<TeamMemberRecord>()
        .execute();
      return { items, total, page: listing.page, pageSize: listing.pageSize };
    },

    async hasAddress(teamId: TeamId, email: string): Promise<boolean> {
      const member = await membersOf(teamId)
        .select('team_members.id')
        .where('users.email', '=', email)
        .executeTakeFirst();
      return member !== undefined;
    },

    /** Somebody who is deactivated owns nothing for the time being. */
    async hasOtherOwner({ teamId, userId }: Membership): Promise<boolean> {
      const owner = await membersOf(teamId)
        .select('team_members.id')
        .where('team_members.role', '=', 'owner')
        .where('team_members.user_id', '<>', userId)
        .where('users.is_active', '=', true)
        .limit(1)
        .executeTakeFirst();
      return owner !== undefined;
    },

    async countOthers({ teamId, userId }: Membership): Promise<number> {
      const { others } = await membersOf(teamId)
        .where('team_members.user_id', '<>', userId)
        .select((row) => row.fn.countAll<number>().as('others'))
        .executeTakeFirstOrThrow();
      return others;
    },

    /** False for somebody who is a member already. */
    async insert({ teamId, userId }: Membership, role: TeamRole): Promise<boolean> {
      const result = await queries
        .insertInto('team_members')
        .values({ id: newId(), team_id: teamId, user_id: userId, role })
        .onConflict((conflict) => conflict.columns(['team_id', 'user_id']).doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async updateRole({ teamId, userId }: Membership, role: TeamRole): Promise<void> {
      await queries
        .updateTable('team_members')
        .set({ role, updated_at: sql`now()` })
        .where('team_id', '=', teamId)
        .where('user_id', '=', userId)
        .execute();
    },

    async remove({ teamId, userId }: Membership): Promise<void> {
      await queries
        .deleteFrom('team_members')
        .where('team_id', '=', teamId)
        .where('user_id', '=', userId)
        .execute();
    },
  };
}
