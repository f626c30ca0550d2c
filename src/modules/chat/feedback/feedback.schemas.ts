import { z } from 'zod';
import { text, timestamp, uuid } from '#platform/http/schema-parts';
import type { MessageId } from '#shared/ids';
import type { FeedbackRecord } from './feedback.repository.ts';

const MAX_COMMENT_LENGTH = 2000;

const score = z.literal([-1, 1]).describe('1 for a good answer, -1 for a bad one');

export const FeedbackParams = z.object({ id: uuid<MessageId>() });

export const FeedbackCreate = z
  .strictObject({
    score,
    comment: text(MAX_COMMENT_LENGTH).min(1).nullish(),
  })
  .meta({ id: 'FeedbackCreate' });

export const FeedbackResponse = z
  .object({
    message_id: uuid<MessageId>(),
    score,
    comment: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'FeedbackResponse' });

export function presentFeedback(record: FeedbackRecord): z.input<typeof FeedbackResponse> {
  return {
    message_id: record.messageId,
    score: record.score,
    comment: record.comment,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}
