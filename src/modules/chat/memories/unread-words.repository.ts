import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamId, UserId } from '#shared/ids';

/** A stretch of what somebody wrote in a team; times as the database writes them, to the microsecond. */
export type UnreadWords = {
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly after: string;
  readonly until: string;
};

export type UnreadWordsRepository = ReturnType<typeof createUnreadWordsRepository>;

/** What users who want to be remembered wrote since it was last read; needs the system scope. */
export function createUnreadWordsRepository(queries: Queries) {
  return {
    /** Somebody's who waits longest. What is claimed counts as read, so that nobody pays for it twice. */
    async claim(): Promise<UnreadWords | undefined> {
      const { rows } = await sql<UnreadWords>`
        with due as materialized (
          select user_id, team_id, read_until from memory_settings
          where is_enabled and exists (
            select 1 from sessions
            where sessions.user_id = memory_settings.user_id and sessions.team_id = memory_settings.team_id
              and last_message_at > read_until)
          order by read_until limit 1 for update skip locked)
        update memory_settings set read_until = now() from due
        where memory_settings.user_id = due.user_id and memory_settings.team_id = due.team_id
        returning memory_settings.team_id as "teamId", memory_settings.user_id as "userId",
          due.read_until::text as after, memory_settings.read_until::text as until
      `.execute(queries);
      return rows[0];
    },

    /** Oldest first; the youngest where there are more. */
    async list(
      { teamId, userId, after, until }: UnreadWords,
      limit: number,
    ): Promise<readonly string[]> {
      const rows = await queries
        .selectFrom('messages')
        .innerJoin('sessions', 'sessions.id', 'messages.session_id')
        .select('messages.content')
        .where('sessions.user_id', '=', userId)
        .where('sessions.team_id', '=', teamId)
        .where('messages.role', '=', 'user')
        .where('messages.created_at', '>', sql<string>`${after}::timestamptz`)
        .where('messages.created_at', '<=', sql<string>`${until}::timestamptz`)
        .orderBy('messages.created_at', 'desc')
        .orderBy('messages.id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ content }) => content).toReversed();
    },
  };
}
