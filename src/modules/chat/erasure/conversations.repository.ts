import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { RunId, SessionId, TeamId, UserId } from '#shared/ids';

/** Whose conversations: a user's in any team, and everybody's in teams that go. */
export type ConversationOwner = { readonly userId: UserId; readonly teamIds: readonly TeamId[] };

export type ConversationCounts = {
  readonly sessions: number;
  readonly messages: number;
  readonly feedback: number;
  readonly runs: number;
  readonly checkpoints: number;
  readonly memories: number;
};

const NO_COUNTS: ConversationCounts = {
  sessions: 0,
  messages: 0,
  feedback: 0,
  runs: 0,
  checkpoints: 0,
  memories: 0,
};

export type ConversationsRepository = ReturnType<typeof createConversationsRepository>;

/** Conversations of a user wherever they are; needs the system scope. */
export function createConversationsRepository(queries: Queries) {
  const isTheirs = (
    { userId, teamIds }: ConversationOwner,
    table: 'sessions' | 'runs' | 'memories' | 'memory_settings',
  ) =>
    sql`(${sql.ref(`${table}.user_id`)} = ${userId} or ${sql.ref(`${table}.team_id`)} = any(${teamIds}::uuid[]))`;

  async function remove(statement: ReturnType<typeof sql>): Promise<number> {
    const { numAffectedRows } = await statement.execute(queries);
    return Number(numAffectedRows ?? 0n);
  }

  return {
    async count(owner: ConversationOwner): Promise<ConversationCounts> {
      const { rows } = await sql<ConversationCounts>`
        with theirs as materialized (select id from sessions where ${isTheirs(owner, 'sessions')})
        select (select count(*)::int from theirs) as sessions,
          (select count(*)::int from messages where session_id in (select id from theirs)) as messages,
          (select count(*)::int from message_feedback join messages on messages.id = message_id
            where session_id in (select id from theirs)) as feedback,
          (select count(*)::int from runs where ${isTheirs(owner, 'runs')}) as runs,
          (select count(*)::int from checkpoints where thread_id in (select id::text from theirs)) as checkpoints,
          (select count(*)::int from memories where ${isTheirs(owner, 'memories')}) as memories
      `.execute(queries);
      return rows[0] ?? NO_COUNTS;
    },

    /** Asks all runs that have not ended to stop, wherever they run, and says which there are. */
    async requestStop(owner: ConversationOwner): Promise<readonly RunId[]> {
      const { rows } = await sql<{ readonly id: RunId }>`
        update runs set cancel_requested_at = coalesce(cancel_requested_at, now()), updated_at = now(),
          status = case when status = 'waiting' then 'queued' else status end
        where status in ('queued', 'running', 'waiting') and ${isTheirs(owner, 'runs')} returning id
      `.execute(queries);
      return rows.map(({ id }) => id);
    },

    removeRunEvents: (owner: ConversationOwner, limit: number) =>
      remove(sql`
        delete from run_events where ctid = any(array(
          select run_events.ctid from run_events join runs on runs.id = run_events.run_id
          where ${isTheirs(owner, 'runs')} limit ${limit}))`),

    /** Nobody is remembered any more from then on; there are never many. */
    async removeMemories(owner: ConversationOwner): Promise<void> {
      await remove(sql`delete from memory_settings where ${isTheirs(owner, 'memory_settings')}`);
      await remove(sql`delete from memories where ${isTheirs(owner, 'memories')}`);
    },

    /** With the feedback on them. */
    removeMessages: (owner: ConversationOwner, limit: number) =>
      remove(sql`
        delete from messages where id = any(array(
          select messages.id from messages join sessions on sessions.id = messages.session_id
          where ${isTheirs(owner, 'sessions')} limit ${limit}))`),

    /** Removes sessions with their runs and checkpoints; says which. */
    async removeSessions(owner: ConversationOwner, limit: number): Promise<readonly SessionId[]> {
      const { rows } = await sql<{ readonly id: SessionId }>`
        delete from sessions where id = any(array(
          select id from sessions where ${isTheirs(owner, 'sessions')} limit ${limit}))
        returning id
      `.execute(queries);
      return rows.map(({ id }) => id);
    },
  };
}
