import { NOTHING, type UserEraser } from '#modules/identity';
import { FIRST_ID } from '#platform/db/read-pages';
import { createIdempotencyRepository } from '#platform/idempotency/idempotency.repository';
import { createWebhookEventsRepository } from '#platform/incoming-webhooks/webhook-events.repository';
import type { Platform } from './platform.ts';

const BATCH = 500;

/** What the platform, which knows of no users, keeps of them: answers to repeat, jobs, and what providers told. */
export function createPlatformEraser({
  database,
  queue,
}: Pick<Platform, 'database' | 'queue'>): UserEraser {
  return {
    count: async () => NOTHING,
    async erase({ userId, email, subjects, teamIds }, pace) {
      const addresses = email ? [email] : [];
      const keys = createIdempotencyRepository(database.forSystem());
      while ((await keys.deleteOf({ userId, teamIds }, BATCH)) === BATCH) await pace();
      await queue.forget([userId, ...addresses, ...teamIds], pace);
      const events = createWebhookEventsRepository(database.unscoped());
      let afterId: string | undefined = FIRST_ID;
      while (afterId !== undefined) {
        await pace();
        const page: { readonly afterId: string; readonly limit: number } = {
          afterId,
          limit: BATCH,
        };
        afterId = await events.forget([...addresses, ...subjects], page);
      }
    },
  };
}
