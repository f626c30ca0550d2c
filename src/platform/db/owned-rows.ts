import { sql } from 'kysely';
import type { TeamId, UserId } from '#shared/ids';
import type { Queries } from './database.ts';

/** Tables whose rows belong to a team and have one of its users for an owner. */
export type OwnedTable = 'projects' | 'files';

export type Succession = {
  readonly from: UserId;
  readonly heirOf: (teamId: TeamId) => Promise<UserId>;
  /** Called between two steps; ends them by throwing. */
  readonly pace: () => Promise<void>;
};

export type OwnedRows = ReturnType<typeof createOwnedRows>;

const BATCH = 500;

/** Rows with an owner who leaves. Needs the system scope: they are in any number of teams. */
export function createOwnedRows(queries: Queries, table: OwnedTable) {
  async function count(condition: ReturnType<typeof sql>): Promise<number> {
    const { rows } = await sql<{ readonly count: number }>`
      select count(*)::int as count from ${sql.table(table)} where ${condition}`.execute(queries);
    return rows[0]?.count ?? 0;
  }

  async function findTeam(owner: UserId): Promise<TeamId | undefined> {
    const { rows } = await sql<{ readonly teamId: TeamId }>`
      select team_id as "teamId" from ${sql.table(table)} where owner_id = ${owner} limit 1
    `.execute(queries);
    return rows[0]?.teamId;
  }

  return {
    countOf: (teamIds: readonly TeamId[]) => count(sql`team_id = any(${teamIds}::uuid[])`),

    /** What the owner has in other teams than these. */
    countElsewhere: (owner: UserId, teamIds: readonly TeamId[]) =>
      count(sql`owner_id = ${owner} and not team_id = any(${teamIds}::uuid[])`),

    /** Gives what somebody owns to the heir of its team, in steps, until nothing is left to give. */
    async handOver({ from, heirOf, pace }: Succession): Promise<void> {
      let teamId = await findTeam(from);
      while (teamId) {
        await pace();
        await sql`
          update ${sql.table(table)} set owner_id = ${await heirOf(teamId)}, updated_at = now()
          where id = any(array(select id from ${sql.table(table)}
            where owner_id = ${from} and team_id = ${teamId} limit ${BATCH}))
        `.execute(queries);
        teamId = await findTeam(from);
      }
    },
  };
}
