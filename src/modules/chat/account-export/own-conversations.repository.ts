import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { FIRST_ID } from '#platform/db/read-pages';
import type { UserId } from '#shared/ids';

type Page = { readonly afterId: string; readonly limit: number };

export type OwnConversationsRepository = ReturnType<typeof createOwnConversationsRepository>;

/** A user's conversations in one team, by pages that an index has in order. */
export function createOwnConversationsRepository(queries: Queries) {
  return {
    /** Latest first. */
    listSessions: (userId: UserId, { afterId, limit }: Page) =>
      queries
        .selectFrom('sessions')
        .select(['id', 'team_id', 'project_id', 'name', 'model', 'last_message_at'])
        .select(['metadata', 'external_id', 'created_at', 'updated_at'])
        .where('user_id', '=', userId)
        .$if(afterId !== FIRST_ID, (query) =>
          query.where(
            sql<boolean>`(created_at, id) < (select created_at, id from sessions where id = ${afterId}::uuid)`,
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),

    /** Oldest first. */
    listMessages: (sessionId: string, { afterId, limit }: Page) =>
      queries
        .selectFrom('messages')
        .select(['id', 'session_id', 'role', 'content', 'model', 'status', 'citations', 'error'])
        .select('tool_calls')
        .select(['prompt_tokens', 'completion_tokens', 'cost_micros', 'currency', 'created_at'])
        .where('session_id', '=', sessionId)
        .$if(afterId !== FIRST_ID, (query) =>
          query.where(
            sql<boolean>`(created_at, id) > (select created_at, id from messages where id = ${afterId}::uuid)`,
          ),
        )
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit)
        .execute(),

    listFeedback: (userId: UserId, { afterId, limit }: Page) =>
      queries
        .selectFrom('message_feedback')
        .select(['id', 'message_id', 'score', 'comment', 'created_at', 'updated_at'])
        .where('user_id', '=', userId)
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute(),

    listMemories: (userId: UserId, { afterId, limit }: Page) =>
      queries
        .selectFrom('memories')
        .select(['id', 'team_id', 'content', 'source', 'created_at'])
        .where('user_id', '=', userId)
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute(),

    listUsage: (userId: UserId, { afterId, limit }: Page) =>
      queries
        .selectFrom('usage_records')
        .select([
          'id',
          'team_id',
          'project_id',
          'session_id',
          'metric',
          'amount',
          'provider',
          'model',
        ])
        .select([
          'prompt_tokens',
          'completion_tokens',
          'usage_estimated',
          'cost_micros',
          'currency',
        ])
        .select(['dimensions', 'created_at'])
        .where('user_id', '=', userId)
        .where('id', '>', afterId)
        .orderBy('id')
        .limit(limit)
        .execute(),
  };
}
