import { z } from 'zod';
import type { JsonSchema } from '#modules/ai';
import { uuid } from '#platform/http/schema-parts';
import type { ProjectId } from '#shared/ids';

const PROJECT = { type: 'string', format: 'uuid', description: 'As list_projects names it' };

const ProjectChoice = z.looseObject({ project_id: uuid<ProjectId>() });
const ObjectSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

/** An agent belongs to a project; a client of `/mcp` names it with each call. */
export function addProjectChoice(schema: JsonSchema): JsonSchema {
  const { properties, required, ...rest } = ObjectSchema.parse(schema);
  return {
    ...rest,
    properties: { project_id: PROJECT, ...properties },
    required: ['project_id', ...required],
  };
}

/** The project, and what is left for the tool; undefined where none is named. */
export function chooseProject(input: unknown) {
  const choice = ProjectChoice.safeParse(input);
  if (!choice.success) return undefined;
  const { project_id: projectId, ...rest } = choice.data;
  return { projectId, rest };
}
