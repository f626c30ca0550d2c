import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { ProjectId, SessionId } from '#shared/ids';
import type { SessionRecord } from './sessions.repository.ts';

const name = text(255).min(1).describe('Name, as its owner sees it');
const model = text(255).min(1).describe('Model that answers; without it, the default one');
const projectId = uuid<ProjectId>().describe('Project whose documents answers are drawn from');

const UNNAMED = 'New chat';

export const SessionParams = z.object({ id: uuid<SessionId>() });

export const SessionCreate = z
  .strictObject({
    name: name.nullish().describe('Without it, the first message names the session'),
    project_id: projectId.nullish(),
    model: model.nullish(),
  })
  .meta({ id: 'SessionCreate' });

export const SessionUpdate = z
  .strictObject({
    name: name.optional(),
    project_id: projectId.nullable().optional(),
    model: model.nullable().optional(),
  })
  .meta({ id: 'SessionUpdate' });

export const SessionFilter = listQuery({
  sort: ['created_at', 'last_message_at', 'name'],
  default: '-created_at',
}).extend({ project_id: projectId.optional() });

export const SessionResponse = z
  .object({
    id: uuid<SessionId>(),
    name: z.string(),
    project_id: uuid().nullable(),
    model: z.string().nullable(),
    last_message_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'SessionResponse' });

export const SessionListResponse = pageOf(SessionResponse).meta({ id: 'SessionListResponse' });

export function presentSession(record: SessionRecord): z.input<typeof SessionResponse> {
  return {
    id: record.id,
    name: record.name ?? UNNAMED,
    project_id: record.projectId,
    model: record.model,
    last_message_at: record.lastMessageAt,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}
