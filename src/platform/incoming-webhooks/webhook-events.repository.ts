import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { WebhookEventId } from '#shared/ids';

export type WebhookEventRecord = {
  readonly id: WebhookEventId;
  readonly provider: string;
  readonly type: string;
  readonly payload: unknown;
  readonly status: 'pending' | 'processed' | 'parked';
  /** ISO 8601. */
  readonly createdAt: string;
};

export type NewWebhookEvent = Pick<WebhookEventRecord, 'id' | 'provider' | 'type' | 'payload'> & {
  readonly eventId: string;
};

export function createWebhookEventsRepository(queries: Queries) {
  return {
    /** False for an event that is there already. */
    async insert(event: NewWebhookEvent): Promise<boolean> {
      const result = await queries
        .insertInto('webhook_events')
        .values({
          id: event.id,
          provider: event.provider,
          event_id: event.eventId,
          type: event.type,
          payload: JSON.stringify(event.payload),
        })
        .onConflict((conflict) => conflict.columns(['provider', 'event_id']).doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async find(id: WebhookEventId): Promise<WebhookEventRecord | undefined> {
      return queries
        .selectFrom('webhook_events')
        .select(['id', 'provider', 'type', 'payload', 'status', 'created_at as createdAt'])
        .where('id', '=', id)
        .$castTo<WebhookEventRecord>()
        .executeTakeFirst();
    },

    async markProcessed(id: WebhookEventId): Promise<void> {
      await queries
        .updateTable('webhook_events')
        .set((event) => ({
          status: 'processed',
          payload: null,
          error: null,
          attempts: event('attempts', '+', 1),
          updated_at: sql`now()`,
        }))
        .where('id', '=', id)
        .execute();
    },

    /** Keeps why an attempt did not succeed; a parked event is not tried again. */
    async markUnsuccessful(
      id: WebhookEventId,
      { error, isParked }: { readonly error: string; readonly isParked: boolean },
    ): Promise<void> {
      await queries
        .updateTable('webhook_events')
        .set((event) => ({
          status: isParked ? 'parked' : 'pending',
          error,
          attempts: event('attempts', '+', 1),
          updated_at: sql`now()`,
        }))
        .where('id', '=', id)
        .execute();
    },

    /**
     * Empties events that hold one of the values as a whole text, in any case, so that they are not worked on any
     * more; looks at so many, and says where to go on.
     */
    async forget(
      values: readonly string[],
      { afterId, limit }: { readonly afterId: string; readonly limit: number },
    ): Promise<string | undefined> {
      const patterns = values.map((value) => `%${escapeLike(JSON.stringify(value))}%`);
      const { rows } = await sql<{ readonly id: string }>`
        with page as materialized (
          select id, payload from webhook_events where id > ${afterId}::uuid order by id limit ${limit}
        ), emptied as (
          update webhook_events set payload = null, error = null, status = 'processed', updated_at = now()
          from page where webhook_events.id = page.id and page.payload::text ilike any(${patterns}::text[])
        )
        select id from page order by id offset ${limit - 1}
      `.execute(queries);
      return rows[0]?.id;
    },

    /** Deletes at most `limit` events from before the time; how many it were. */
    async deleteBefore(before: Date, limit: number): Promise<number> {
      const { numDeletedRows } = await queries
        .deleteFrom('webhook_events')
        .where('id', 'in', (events) =>
          events
            .selectFrom('webhook_events as old')
            .select('old.id')
            .where('old.created_at', '<', before.toISOString())
            .limit(limit),
        )
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
