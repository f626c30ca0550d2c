import type { Clock } from '#platform/clock/clock';
import { invalid, notFound } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import { mayAdminister, type Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import { isAllowed } from '#shared/team-permissions';
import type { GroupedUsage, UsageFilter, UsageGroup, UsageRepository } from './usage.repository.ts';

export type UsageQuery = Omit<UsageFilter, 'teamId' | 'from' | 'to' | 'currency'> & {
  readonly teamId?: TeamId | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export type UsageReport = {
  readonly from: string;
  readonly to: string;
  readonly items: readonly GroupedUsage[];
};

export type UsageServiceDependencies = {
  readonly usageOf: (teamId: TeamId) => UsageRepository;
  readonly clock: Clock;
  readonly currency: string;
};

export type UsageService = ReturnType<typeof createUsageService>;

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
const MAX_GROUPS = 1000;

/** What a team used. Members see their own use, its owners and admins everybody's. */
export function createUsageService({ usageOf, clock, currency }: UsageServiceDependencies) {
  function filterOf(actor: Actor, { teamId: named, ...query }: UsageQuery): UsageFilter {
    const to = query.to ?? clock.now().toISOString();
    const from = query.from ?? new Date(Date.parse(to) - DEFAULT_DAYS * DAY_MS).toISOString();
    assertSpan(from, to);
    const teamId = named ?? actor.teamId;
    if (mayAdminister(actor)) return { ...query, teamId, from, to, currency };
    if (teamId !== actor.teamId) throw notFound('team', teamId);
    const seesAll = isAllowed(actor.teamRole, 'team_usage.read');
    const userId = seesAll ? query.userId : actor.userId;
    if (query.userId !== undefined && query.userId !== userId) {
      assertAllowed(actor, 'team_usage.read');
    }
    return { ...query, userId, teamId, from, to, currency };
  }

  return {
    /** @throws FORBIDDEN for another's use, NOT_FOUND for another team, VALIDATION_ERROR for a span that is too long */
    async report(actor: Actor, query: UsageQuery, by: UsageGroup): Promise<UsageReport> {
      const filter = filterOf(actor, query);
      const items = await usageOf(filter.teamId).sum(filter, by, MAX_GROUPS);
      return { from: filter.from, to: filter.to, items };
    },
  };
}

function assertSpan(from: string, to: string): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (days >= 0 && days <= MAX_DAYS) return;
  throw invalid([{ field: 'from', message: `Must be before \`to\`, by ${MAX_DAYS} days at most` }]);
}
