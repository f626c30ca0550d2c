import { z } from 'zod';
import type { AuditEntry } from '#modules/identity';
import { listQuery, pageOf, presentPage, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { AuditEntryId, UserId } from '#shared/ids';
import type { Page } from '#shared/page';

const MAX_ACTION_LENGTH = 100;
const MAX_TARGET_LENGTH = 200;

const action = text(MAX_ACTION_LENGTH).regex(/^[a-z0-9_.-]+$/, 'Not the name of an action');

export const AuditLogFilter = listQuery({ sort: ['created_at'], default: '-created_at' })
  .omit({ sort: true })
  .extend({
    cursor: uuid<AuditEntryId>()
      .optional()
      .describe(
        'List the entries older than this one instead of by pages: the `next_cursor` of a list',
      ),
    actor_id: uuid<UserId>().optional().describe('Who did it'),
    action: action.optional().describe('What the action begins with, such as `auth.`'),
    outcome: z.enum(['success', 'failure']).optional(),
    target_type: text(MAX_TARGET_LENGTH).optional().describe('What it was done to, such as `user`'),
    target_id: text(MAX_TARGET_LENGTH).optional(),
    from: timestamp.optional().describe('Made at this time or later'),
    to: timestamp.optional().describe('Made before this time'),
  });

const members = z.record(z.string(), z.unknown()).nullable();

export const AuditEntryResponse = z
  .object({
    id: uuid<AuditEntryId>(),
    actor_id: uuid<UserId>().nullable().describe('Null for nobody signed in, and for the service'),
    impersonator_id: uuid<UserId>()
      .nullable()
      .describe("The administrator who did it in the actor's name"),
    action: z.string(),
    outcome: z.enum(['success', 'failure']),
    reason: z.string().nullable().describe('Why it failed'),
    target_type: z.string().nullable(),
    target_id: z.string().nullable(),
    before: members.describe('The members that changed, as they were'),
    after: members.describe('The same members, as they are'),
    ip: z.string().nullable(),
    trace_id: z.string().nullable(),
    created_at: timestamp,
  })
  .meta({ id: 'AuditEntryResponse' });

export const AuditLogResponse = pageOf(AuditEntryResponse)
  .extend({
    total: z.int().min(0).describe('Counted up to 10000'),
    next_cursor: uuid<AuditEntryId>().nullable(),
  })
  .meta({ id: 'AuditLogResponse' });

export function presentAuditLog(page: Page<AuditEntry>): z.input<typeof AuditLogResponse> {
  const isFull = page.items.length === page.pageSize;
  const last = page.items.at(-1);
  return { ...presentPage(page, presentEntry), next_cursor: isFull && last ? last.id : null };
}

function presentEntry(entry: AuditEntry): z.input<typeof AuditEntryResponse> {
  return {
    id: entry.id,
    actor_id: entry.actorId,
    impersonator_id: entry.impersonatorId,
    action: entry.action,
    outcome: entry.outcome,
    reason: entry.reason,
    target_type: entry.targetType,
    target_id: entry.targetId,
    before: entry.before,
    after: entry.after,
    ip: entry.ip,
    trace_id: entry.traceId,
    created_at: entry.createdAt,
  };
}
