import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { JobRecord, QueueCounts } from '#platform/queue/job-inspector';

const MAX_QUEUE_LENGTH = 100;

const state = z
  .enum(['created', 'retry', 'active', 'completed', 'cancelled', 'failed'])
  .describe('`created` waits, `retry` waits to be tried again, the rest as they say');

export const JobParams = z.object({ id: uuid() });

export const JobFilter = listQuery({ sort: ['created_at'], default: '-created_at' })
  .omit({ sort: true })
  .extend({
    queue: text(MAX_QUEUE_LENGTH).optional().describe('Name of the queue, such as `dead-letter`'),
    state: state.optional(),
  });

export const JobResponse = z
  .object({
    id: uuid(),
    queue: z.string(),
    state,
    payload: z.record(z.string(), z.unknown()).describe('Ids only'),
    trace_id: z.string().nullable().describe('Of the request that caused it'),
    retry_count: z.int().describe('Attempts after the first'),
    retry_limit: z.int(),
    failure: z.string().nullable().describe('What the last attempt failed with'),
    source_queue: z.string().nullable().describe('Where a dead letter came from'),
    start_after: timestamp,
    created_at: timestamp,
    started_at: timestamp.nullable(),
    completed_at: timestamp.nullable(),
  })
  .meta({ id: 'JobResponse' });

export const JobListResponse = pageOf(JobResponse)
  .extend({ total: z.int().min(0).describe('Counted up to 10000') })
  .meta({ id: 'JobListResponse' });

export const JobQueueResponse = z
  .object({
    name: z.string(),
    schedule: z.string().nullable().describe('Cron expression, where jobs run by the clock'),
    counts: z.object({
      created: z.int(),
      retry: z.int(),
      active: z.int(),
      completed: z.int(),
      cancelled: z.int(),
      failed: z.int(),
    }),
  })
  .meta({ id: 'JobQueueResponse' });

export const JobQueueListResponse = z
  .object({ items: z.array(JobQueueResponse) })
  .meta({ id: 'JobQueueListResponse' });

export function presentQueues(
  queues: readonly QueueCounts[],
): z.input<typeof JobQueueListResponse> {
  return {
    items: queues.map(({ name, schedule, counts }) => ({ name, schedule, counts: { ...counts } })),
  };
}

export function presentJob(job: JobRecord): z.input<typeof JobResponse> {
  return {
    id: job.id,
    queue: job.queue,
    state: job.state,
    payload: { ...job.payload },
    trace_id: job.traceId,
    retry_count: job.retryCount,
    retry_limit: job.retryLimit,
    failure: job.failure,
    source_queue: job.sourceQueue,
    start_after: job.startAfter,
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
  };
}
