import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { ProjectRecord } from './projects.repository.ts';
import type { ProjectId } from '#shared/ids';

const name = text(255).min(1).describe('Name, as people see it');
const description = text(2000).describe('What the project is for');

export const ProjectParams = z.object({ id: uuid<ProjectId>() });

export const ProjectCreate = z
  .strictObject({ name, description: description.nullish() })
  .meta({ id: 'ProjectCreate' });

export const ProjectUpdate = z
  .strictObject({ name: name.optional(), description: description.nullable().optional() })
  .meta({ id: 'ProjectUpdate' });

export const ProjectFilter = listQuery({
  sort: ['created_at', 'name'],
  default: '-created_at',
}).extend({
  deleted: z
    .stringbool()
    .default(false)
    .describe('List the deleted ones that can still be restored instead'),
});

export const ProjectResponse = z
  .object({
    id: uuid<ProjectId>(),
    name: z.string(),
    description: z.string().nullable(),
    owner_id: uuid(),
    team_id: uuid(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'ProjectResponse' });

export const ProjectListResponse = pageOf(ProjectResponse).meta({ id: 'ProjectListResponse' });

export function presentProject(record: ProjectRecord): z.input<typeof ProjectResponse> {
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    owner_id: record.ownerId,
    team_id: record.teamId,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}
