import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamRole, Tier } from '#shared/actor';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';

/** A team as one of its members sees it. */
export type TeamRecord = {
  readonly id: TeamId;
  readonly name: string;
  readonly tier: Tier;
  /** It belongs to one user, who alone is in it. */
  readonly isPersonal: boolean;
  /** The member's. */
  readonly role: TeamRole;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type TeamListing = PageRequest & {
  readonly sort: { readonly column: 'created_at' | 'name'; readonly direction: 'asc' | 'desc' };
};

export type Membership = { readonly teamId: TeamId; readonly userId: UserId };

export type NewTeam = {
  readonly id: TeamId;
  /** Who becomes its owner. */
  readonly userId: UserId;
  readonly name: string;
};

const COLUMNS = [
  'teams.id',
  'teams.name',
  'teams.tier',
  sql<boolean>`teams.personal_user_id is not null`.as('isPersonal'),
  'teams.created_at as createdAt',
  'teams.updated_at as updatedAt',
] as const;

export type TeamsRepository = ReturnType<typeof createTeamsRepository>;

export function createTeamsRepository(queries: Queries) {
  const teamsOf = (userId: UserId) =>
    queries
      .selectFrom('teams')
      .innerJoin('team_members', 'team_members.team_id', 'teams.id')
      .where('team_members.user_id', '=', userId)
      .where('teams.deleted_at', 'is', null);

  async function insert(team: NewTeam, personalUserId: UserId | null): Promise<void> {
    await queries
      .insertInto('teams')
      .values({ id: team.id, name: team.name, personal_user_id: personalUserId })
      .execute();
    await queries
      .insertInto('team_members')
      .values({ id: newId(), team_id: team.id, user_id: team.userId, role: 'owner' })
      .execute();
  }

  return {
    insert: (team: NewTeam) => insert(team, null),

    /** The team that each user has, with the user as its owner. */
    insertPersonal: (team: NewTeam) => insert(team, team.userId),

    async find({ teamId, userId }: Membership): Promise<TeamRecord | undefined> {
      return teamsOf(userId)
        .select([...COLUMNS, 'team_members.role'])
        .where('teams.id', '=', teamId)
        .$castTo<TeamRecord>()
        .executeTakeFirst();
    },

    /** The team as whoever has this role in it sees it, although no member. */
    async findAs(role: TeamRole, teamId: TeamId): Promise<TeamRecord | undefined> {
      const team = await queries
        .selectFrom('teams')
        .select(COLUMNS)
        .where('teams.id', '=', teamId)
        .where('teams.deleted_at', 'is', null)
        .$castTo<Omit<TeamRecord, 'role'>>()
        .executeTakeFirst();
      return team && { ...team, role };
    },

    /** Keeps everybody else from changing the team and who is in it, until the transaction ends. */
    async lock(id: TeamId): Promise<void> {
      await queries
        .selectFrom('teams')
        .select('id')
        .where('id', '=', id)
        .forNoKeyUpdate()
        .execute();
    },

    /** Needs the system scope. */
    async countOwned(userId: UserId): Promise<number> {
      const { total } = await teamsOf(userId)
        .where('team_members.role', '=', 'owner')
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },

    /** Needs the system scope. */
    async list(userId: UserId, listing: TeamListing): Promise<Page<TeamRecord>> {
      const matching = teamsOf(userId);
      const { total } = await matching
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await matching
        .select([...COLUMNS, 'team_members.role'])
        .orderBy(`teams.${listing.sort.column}`, listing.sort.direction)
        .orderBy('teams.id', listing.sort.direction)
        .limit(listing.pageSize)
        .offset(pageOffset(listing))
        .$castTo<TeamRecord>()
        .execute();
      return { items, total, page: listing.page, pageSize: listing.pageSize };
    },

    async rename(id: TeamId, name: string): Promise<void> {
      await queries
        .updateTable('teams')
        .set({ name, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    async markDeleted(id: TeamId): Promise<void> {
      await queries
        .updateTable('teams')
        .set({ deleted_at: sql`now()`, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
    },

    /** Needs the system scope. */
    async listDeleted(limit: number): Promise<readonly TeamId[]> {
      const teams = await queries
        .selectFrom('teams')
        .select('id')
        .where('deleted_at', 'is not', null)
        .orderBy('deleted_at')
        .limit(limit)
        .$castTo<{ readonly id: TeamId }>()
        .execute();
      return teams.map(({ id }) => id);
    },

    async purge(id: TeamId): Promise<void> {
      await queries
        .deleteFrom('teams')
        .where('id', '=', id)
        .where('deleted_at', 'is not', null)
        .execute();
    },
  };
}
