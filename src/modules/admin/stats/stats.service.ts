import { assertAdministrator } from '#modules/identity';
import type { Cache } from '#platform/cache/cache';
import type { Clock } from '#platform/clock/clock';
import type { JobInspector, JobState } from '#platform/queue/job-inspector';
import type { Actor } from '#shared/actor';
import type { StatsRecord, StatsRepository } from './stats.repository.ts';

export type Stats = StatsRecord & {
  readonly jobs: Readonly<Record<JobState, number>>;
  readonly countedAt: string;
};

export type StatsServiceDependencies = {
  readonly stats: () => StatsRepository;
  readonly inspector: Pick<JobInspector, 'listQueues'>;
  readonly cache: Cache;
  readonly clock: Clock;
};

const CACHE_KEY = 'admin:stats';
/** Counting reads whole tables, so that it is not done for each look. */
const CACHE_SECONDS = 30;

export type StatsService = ReturnType<typeof createStatsService>;

export function createStatsService({ stats, inspector, cache, clock }: StatsServiceDependencies) {
  async function count(): Promise<Stats> {
    const [counts, jobs] = [await stats().count(), await countJobs()];
    return { ...counts, jobs, countedAt: clock.now().toISOString() };
  }

  async function countJobs(): Promise<Stats['jobs']> {
    const queues = await inspector.listQueues();
    const sum = (state: JobState) => queues.reduce((total, { counts }) => total + counts[state], 0);
    return {
      created: sum('created'),
      retry: sum('retry'),
      active: sum('active'),
      completed: sum('completed'),
      cancelled: sum('cancelled'),
      failed: sum('failed'),
    };
  }

  return {
    /** @throws FORBIDDEN */
    async get(actor: Actor): Promise<Stats> {
      assertAdministrator(actor);
      return cache.getOrLoad(CACHE_KEY, CACHE_SECONDS, count);
    },
  };
}
