import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';

export type StatsRecord = {
  readonly users: number;
  readonly activeUsers: number;
  readonly teams: number;
  readonly projects: number;
  readonly documents: number;
  readonly chatSessions: number;
  readonly messages: number;
  readonly authSessions: number;
};

export type StatsRepository = ReturnType<typeof createStatsRepository>;

/** Needs the system scope: it counts over all tenants, in one statement. */
export function createStatsRepository(queries: Queries) {
  return {
    async count(): Promise<StatsRecord> {
      const { rows } = await sql<StatsRecord>`
        select
          (select count(*)::int from users where service_team_id is null) as "users",
          (select count(*)::int from users where is_active and service_team_id is null) as "activeUsers",
          (select count(*)::int from teams) as "teams",
          (select count(*)::int from projects where deleted_at is null) as "projects",
          (select count(*)::int from documents where deleted_at is null) as "documents",
          (select count(*)::int from sessions) as "chatSessions",
          (select count(*)::int from messages) as "messages",
          (select count(*)::int from auth_sessions
            where revoked_at is null and expires_at > now()) as "authSessions"
      `.execute(queries);
      const [stats] = rows;
      if (!stats) throw new Error('A count has one row');
      return stats;
    },
  };
}
