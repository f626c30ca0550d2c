import type { App } from '#platform/http/app';
import { presentStats, StatsResponse } from './stats.schemas.ts';
import type { StatsService } from './stats.service.ts';

const readStats = {
  schema: {
    operationId: 'getStats',
    summary: 'Count users, teams, projects, documents, sessions and jobs',
    tags: ['admin'],
    response: { 200: StatsResponse },
  },
  config: { access: 'admin' },
} as const;

export function registerStatsRoutes(app: App, { stats }: { stats: StatsService }): void {
  app.get('/admin/stats', readStats, async (request) =>
    presentStats(await stats.get(request.actor)),
  );
}
