import { LRUCache } from 'lru-cache';
import { decideRate } from './decide-rate.ts';
import type { RateDecision, RateLimiter, RatePolicy, RateWindow } from './rate-limiter.ts';

/** Above this the callers that were silent longest are forgotten. */
const MAX_LOGS = 50_000;
const MS_PER_SECOND = 1000;

export type MemoryRateLimiterOptions = {
  /** Milliseconds that only ever grow; tests bring their own. */
  readonly now?: () => number;
};

/** Exact sliding windows in this process: the time of each hit is kept until it leaves its window. */
export function createMemoryRateLimiter({
  now = () => performance.now(),
}: MemoryRateLimiterOptions = {}): RateLimiter & {
  count(policy: RatePolicy, key: string): RateDecision;
  /** Whether anything is remembered of the key. */
  knows(policy: RatePolicy, key: string): boolean;
  /** Remembers hits by their age in milliseconds, oldest first. */
  restore(policy: RatePolicy, key: string, agesMs: readonly number[]): void;
} {
  const logs = new LRUCache<string, number[]>({ max: MAX_LOGS });

  function logOf(name: string, since: number): number[] {
    const log = logs.get(name);
    if (!log) {
      const empty: number[] = [];
      logs.set(name, empty);
      return empty;
    }
    dropBefore(log, since);
    return log;
  }

  function count(policy: RatePolicy, key: string): RateDecision {
    const time = now();
    const entries = policy.windows.map((window) => {
      const log = logOf(nameOf(policy, window, key), time - lengthMs(window));
      return { window, log };
    });
    const isAllowed = entries.every(({ window, log }) => log.length < window.limit);
    if (isAllowed) for (const { log } of entries) log.push(time);
    const uses = entries.map(({ window, log }) => ({
      window,
      used: log.length,
      resetMs: (log[0] ?? time) + lengthMs(window) - time,
    }));
    return decideRate(isAllowed, uses);
  }

  return {
    count,
    knows: (policy, key) => policy.windows.some((window) => logs.has(nameOf(policy, window, key))),
    restore(policy, key, agesMs) {
      const time = now();
      for (const window of policy.windows) {
        const ages = agesMs.filter((ageMs) => ageMs < lengthMs(window));
        logs.set(
          nameOf(policy, window, key),
          ages.map((ageMs) => time - ageMs),
        );
      }
    },
    consume: async (policy, key) => count(policy, key),
    async close() {
      logs.clear();
    },
  };
}

function nameOf({ name }: RatePolicy, { windowSeconds }: RateWindow, key: string): string {
  return `${name}:${windowSeconds}:${key}`;
}

function lengthMs(window: RateWindow): number {
  return window.windowSeconds * MS_PER_SECOND;
}

function dropBefore(log: number[], since: number): void {
  const [oldest] = log;
  if (oldest === undefined || oldest > since) return;
  const firstKept = log.findIndex((time) => time > since);
  log.splice(0, firstKept === -1 ? log.length : firstKept);
}
