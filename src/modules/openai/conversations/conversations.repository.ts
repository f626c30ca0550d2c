import type { Queries } from '#platform/db/database';
import { createUserRows } from '#platform/db/user-rows';
import type { ConversationId, TeamId, UserId } from '#shared/ids';

export type Metadata = Readonly<Record<string, string>>;

export type Conversation = {
  readonly id: ConversationId;
  readonly metadata: Metadata;
  readonly createdAt: string;
};

type NewConversation = {
  readonly id: ConversationId;
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly metadata: Metadata;
};

const COLUMNS = ['id', 'metadata', 'created_at as createdAt'] as const;

export type ConversationsRepository = ReturnType<typeof createConversationsRepository>;

/** Conversations of one user in a team; to everybody else they are not there. */
export function createConversationsRepository(queries: Queries) {
  return {
    async insert({ id, teamId, userId, metadata }: NewConversation): Promise<Conversation> {
      return queries
        .insertInto('conversations')
        .values({ id, team_id: teamId, user_id: userId, metadata: JSON.stringify(metadata) })
        .returning(COLUMNS)
        .$castTo<Conversation>()
        .executeTakeFirstOrThrow();
    },

    async find(id: ConversationId, userId: UserId): Promise<Conversation | undefined> {
      return queries
        .selectFrom('conversations')
        .select(COLUMNS)
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .$castTo<Conversation>()
        .executeTakeFirst();
    },

    async setMetadata(
      { id, userId }: { readonly id: ConversationId; readonly userId: UserId },
      metadata: Metadata,
    ): Promise<Conversation | undefined> {
      return queries
        .updateTable('conversations')
        .set({ metadata: JSON.stringify(metadata) })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .returning(COLUMNS)
        .$castTo<Conversation>()
        .executeTakeFirst();
    },

    async remove(id: ConversationId, userId: UserId): Promise<boolean> {
      const { numDeletedRows } = await queries
        .deleteFrom('conversations')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    ...createUserRows(queries, 'conversations'),
  };
}
