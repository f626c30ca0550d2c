import type { App } from '#platform/http/app';
import {
  presentSeries,
  presentSummary,
  readUsageQuery,
  UsageFilter,
  UsageSeriesResponse,
  UsageSummaryFilter,
  UsageSummaryResponse,
} from './usage.schemas.ts';
import type { UsageService } from './usage.service.ts';

const tags = ['usage'];
const config = { access: 'user' } as const;

const readUsage = {
  schema: {
    operationId: 'getUsage',
    summary: 'Read what was used, by day',
    tags,
    querystring: UsageFilter,
    response: { 200: UsageSeriesResponse },
  },
  config,
};
const readUsageSummary = {
  schema: {
    operationId: 'getUsageSummary',
    summary: 'Read what was used, by model, user, project, key or day',
    tags,
    querystring: UsageSummaryFilter,
    response: { 200: UsageSummaryResponse },
  },
  config,
};

export function registerUsageRoutes(
  app: App,
  { usage, currency }: { usage: UsageService; currency: string },
): void {
  app.get('/usage', readUsage, async (request) => {
    const report = await usage.report(request.actor, readUsageQuery(request.query), 'day');
    return presentSeries(report, currency);
  });

  app.get('/usage/summary', readUsageSummary, async (request) => {
    const { group_by: groupBy, ...query } = request.query;
    const report = await usage.report(request.actor, readUsageQuery(query), groupBy);
    return presentSummary(report, { currency, groupBy });
  });
}
