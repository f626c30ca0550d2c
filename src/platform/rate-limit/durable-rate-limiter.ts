import type { Logger } from '#platform/telemetry/logger';
import type { createMemoryRateLimiter } from './memory-rate-limiter.ts';
import type { RateHitsRepository } from './rate-hits.repository.ts';
import type { RateLimiter, RatePolicy } from './rate-limiter.ts';

export type DurableRateLimiterDependencies = {
  readonly memory: ReturnType<typeof createMemoryRateLimiter>;
  readonly rateHits: () => Pick<RateHitsRepository, 'add' | 'list'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now?: () => Date;
};

/** More than any limit that guards a password; it bounds what a restart reads. */
const MAX_READ = 1000;
const MS_PER_SECOND = 1000;

/**
 * Counts in this process, and keeps the hits of durable policies in the database, where it finds them
 * after a restart. Nobody waits for the write, and without the database the process counts alone.
 */
export function createDurableRateLimiter(
  dependencies: DurableRateLimiterDependencies,
): RateLimiter {
  const { memory, rateHits, logger, now = () => new Date() } = dependencies;
  const reads = new Map<string, Promise<void>>();
  const writes = new Set<Promise<void>>();

  async function recall(policy: RatePolicy, key: string): Promise<void> {
    const since = new Date(now().getTime() - longestMs(policy));
    const hits = await rateHits().list(nameOf(policy, key), since, MAX_READ);
    if (memory.knows(policy, key)) return;
    memory.restore(
      policy,
      key,
      hits.map((at) => now().getTime() - at.getTime()),
    );
  }

  /** Once for requests that come at the same time. */
  async function recallOnce(policy: RatePolicy, key: string): Promise<void> {
    if (memory.knows(policy, key)) return;
    const name = nameOf(policy, key);
    const reading = reads.get(name) ?? recall(policy, key).catch(warn);
    reads.set(name, reading);
    await reading;
    reads.delete(name);
  }

  function keep(policy: RatePolicy, key: string): void {
    const at = now();
    const expiresAt = new Date(at.getTime() + longestMs(policy));
    const writing = rateHits()
      .add(nameOf(policy, key), { at, expiresAt })
      .catch(warn)
      .finally(() => writes.delete(writing));
    writes.add(writing);
  }

  function warn(error: unknown): void {
    logger.warn({ err: error }, 'a rate limit could not be kept');
  }

  return {
    async consume(policy, key) {
      if (!policy.isDurable) return memory.count(policy, key);
      await recallOnce(policy, key);
      const decision = memory.count(policy, key);
      if (decision.isAllowed) keep(policy, key);
      return decision;
    },
    async close() {
      await Promise.all(writes);
      await memory.close();
    },
  };
}

function nameOf(policy: RatePolicy, key: string): string {
  return `${policy.name}:${key}`;
}

function longestMs({ windows }: RatePolicy): number {
  return Math.max(...windows.map(({ windowSeconds }) => windowSeconds)) * MS_PER_SECOND;
}
