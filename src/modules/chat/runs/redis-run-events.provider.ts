import type { ChainableCommander, Redis } from 'ioredis';
import type { RedisConnection } from '#platform/cache/redis';
import type { RunId } from '#shared/ids';
import type { EventBatch } from './event-batch.ts';
import type { HeldLog, SharedRunEvents } from './shared-run-events.ts';

const NAMESPACE = 'groundwork:run-events:';
/** Longer than a run may take; a log whose process died is sealed and copied long before. */
const LIFE_SECONDS = 86_400;
/** The greatest id of a stream: after it no entry can come. */
const LAST_ID = '18446744073709551615-18446744073709551615';
const SEALED = /equal or smaller|exhausted/;

/** One stream a run and holder; an entry is a batch, and its id the number of the batch's last event. */
export function createRedisRunEvents(redis: RedisConnection): SharedRunEvents {
  async function readEntries(client: Redis, log: HeldLog, after: number) {
    const entries = await client.xrange(keyOf(log), `(${after}-0`, '+');
    return entries.flatMap(([, fields]) => toBatch(fields));
  }

  return {
    async append(batches) {
      const commands = (pipeline: ChainableCommander) => {
        for (const { firstEventId, events, ...log } of batches) {
          const lastEventId = firstEventId + events.length - 1;
          const fields = ['first', String(firstEventId), 'events', events.join('\n')];
          pipeline.xadd(keyOf(log), `${lastEventId}-0`, ...fields);
          pipeline.expire(keyOf(log), LIFE_SECONDS);
        }
        return pipeline.exec();
      };
      const replies = await redis.run('run_events_append', (client) => commands(client.pipeline()));
      const added = (replies ?? []).filter((_reply, index) => index % 2 === 0);
      return findSealed(batches, added);
    },

    read: (log, afterEventId) =>
      redis.run('run_events_read', (client) => readEntries(client, log, afterEventId)),

    async seal(log, afterEventId) {
      return redis.run('run_events_seal', async (client) => {
        await client.xadd(keyOf(log), LAST_ID, 'sealed', '1').catch(ignoreSealed);
        await client.expire(keyOf(log), LIFE_SECONDS);
        return readEntries(client, log, afterEventId);
      });
    },

    isInReach: () =>
      redis.ping().then(
        () => true,
        () => false,
      ),

    async remove(log) {
      await redis.run('run_events_remove', (client) => client.unlink(keyOf(log)));
    },
  };
}

function keyOf({ runId, attempts }: HeldLog): string {
  return `${NAMESPACE}${runId}:${attempts}`;
}

type Reply = readonly [error: Error | null, result: unknown];

function findSealed(batches: readonly HeldLog[], replies: readonly Reply[]): ReadonlySet<RunId> {
  const sealed = new Set<RunId>();
  for (const [index, { runId }] of batches.entries()) {
    const [error] = replies[index] ?? [new Error('No reply')];
    if (!error) continue;
    if (!SEALED.test(error.message)) throw error;
    sealed.add(runId);
  }
  return sealed;
}

function ignoreSealed(error: unknown): void {
  if (!(error instanceof Error && SEALED.test(error.message))) throw error;
}

function toBatch(fields: readonly string[]): readonly EventBatch[] {
  const [, first, , events] = fields;
  if (first === undefined || events === undefined) return [];
  return [{ firstEventId: Number(first), events: events.split('\n') }];
}
