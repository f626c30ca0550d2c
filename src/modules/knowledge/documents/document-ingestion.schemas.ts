import { z } from 'zod';
import { listQuery, pageOf, timestamp, uuid } from '#platform/http/schema-parts';
import type { IngestionAttemptId } from '#shared/ids';
import type { IngestionAttempt } from '../ingestion/ingestion-attempts.repository.ts';
import { INGESTION_STAGES } from '../ingestion/ingestion-stage.ts';

const Stage = z.enum(INGESTION_STAGES);

export const AttemptFilter = listQuery({ sort: ['created_at'], default: '-created_at' }).omit({
  sort: true,
});

const IngestionAttemptResponse = z
  .object({
    id: uuid<IngestionAttemptId>(),
    first_stage: Stage.describe('Where it began: what was done before is not done again'),
    stage: Stage.describe('Where it is, or ended'),
    outcome: z
      .enum(['running', 'paused', 'succeeded', 'failed', 'interrupted', 'cancelled'])
      .describe('`paused` lets others go first, `interrupted` ended with its process'),
    error_reason: z.string().nullable(),
    error: z.string().nullable(),
    created_at: timestamp,
    ended_at: timestamp.nullable(),
  })
  .meta({ id: 'IngestionAttemptResponse' });

export const IngestionAttemptListResponse = pageOf(IngestionAttemptResponse).meta({
  id: 'IngestionAttemptListResponse',
});

export const EventStreamContent = z
  .unknown()
  .describe('Events whose data is a document with `type: "document"`, then `[DONE]`')
  .meta({ id: 'DocumentEvents', type: 'string' });

export function presentAttempt(
  attempt: IngestionAttempt,
): z.input<typeof IngestionAttemptResponse> {
  return {
    id: attempt.id,
    first_stage: attempt.firstStage,
    stage: attempt.stage,
    outcome: attempt.outcome,
    error_reason: attempt.errorReason,
    error: attempt.error,
    created_at: attempt.createdAt,
    ended_at: attempt.endedAt,
  };
}
