import { NOTHING, type UserEraser } from '#modules/identity';
import { createIdempotencyRepository } from '#platform/idempotency/idempotency.repository';
import type { Platform } from './platform.ts';

const BATCH = 500;

/** What the platform, which knows of no users, keeps of them: answers to repeat, and jobs. */
export function createPlatformEraser({
  database,
  queue,
}: Pick<Platform, 'database' | 'queue'>): UserEraser {
  return {
    count: async () => NOTHING,
    async erase({ userId, email, teamIds }, pace) {
      const keys = createIdempotencyRepository(database.forSystem());
      while ((await keys.deleteOf({ userId, teamIds }, BATCH)) === BATCH) await pace();
      await queue.forget([userId, ...(email ? [email] : []), ...teamIds], pace);
    },
  };
}
