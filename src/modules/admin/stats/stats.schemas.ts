import { z } from 'zod';
import { timestamp } from '#platform/http/schema-parts';
import type { Stats } from './stats.service.ts';

const count = z.int().min(0);

export const StatsResponse = z
  .object({
    users: count,
    active_users: count.describe('Those that are not deactivated'),
    teams: count.describe('The personal ones included'),
    projects: count,
    documents: count,
    chat_sessions: count,
    messages: count,
    auth_sessions: count.describe('Sign-ins that are alive'),
    jobs: z
      .object({
        created: count,
        retry: count,
        active: count,
        completed: count,
        cancelled: count,
        failed: count,
      })
      .describe('Background jobs that are still kept, by state'),
    counted_at: timestamp.describe('Counted anew after 30 seconds'),
  })
  .meta({ id: 'StatsResponse' });

export function presentStats(stats: Stats): z.input<typeof StatsResponse> {
  return {
    users: stats.users,
    active_users: stats.activeUsers,
    teams: stats.teams,
    projects: stats.projects,
    documents: stats.documents,
    chat_sessions: stats.chatSessions,
    messages: stats.messages,
    auth_sessions: stats.authSessions,
    jobs: { ...stats.jobs },
    counted_at: stats.countedAt,
  };
}
