import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { FeedbackId, MessageId, TeamId, UserId } from '#shared/ids';

export type FeedbackScore = -1 | 1;

export type FeedbackRecord = {
  readonly id: FeedbackId;
  readonly messageId: MessageId;
  readonly score: FeedbackScore;
  readonly comment: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** A user has one feedback on a message. */
export type FeedbackKey = { readonly messageId: MessageId; readonly userId: UserId };

export type GivenFeedback = FeedbackKey &
  Pick<FeedbackRecord, 'id' | 'score' | 'comment'> & { readonly teamId: TeamId };

const COLUMNS = [
  'id',
  'message_id as messageId',
  'score',
  'comment',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export type FeedbackRepository = ReturnType<typeof createFeedbackRepository>;

export function createFeedbackRepository(queries: Queries) {
  return {
    /** What was given before keeps its id. */
    async put(given: GivenFeedback): Promise<FeedbackRecord> {
      const { score, comment } = given;
      return queries
        .insertInto('message_feedback')
        .values({
          id: given.id,
          team_id: given.teamId,
          message_id: given.messageId,
          user_id: given.userId,
          score,
          comment,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['message_id', 'user_id'])
            .doUpdateSet({ score, comment, updated_at: sql`now()` }),
        )
        .returning(COLUMNS)
        .$castTo<FeedbackRecord>()
        .executeTakeFirstOrThrow();
    },

    async find({ messageId, userId }: FeedbackKey): Promise<FeedbackRecord | undefined> {
      return queries
        .selectFrom('message_feedback')
        .select(COLUMNS)
        .where('message_id', '=', messageId)
        .where('user_id', '=', userId)
        .$castTo<FeedbackRecord>()
        .executeTakeFirst();
    },

    /** Says which there was. */
    async remove({ messageId, userId }: FeedbackKey): Promise<FeedbackId | undefined> {
      const row = await queries
        .deleteFrom('message_feedback')
        .where('message_id', '=', messageId)
        .where('user_id', '=', userId)
        .returning('id')
        .$castTo<Pick<FeedbackRecord, 'id'>>()
        .executeTakeFirst();
      return row?.id;
    },
  };
}
