import { z } from 'zod';
import {
  listQuery,
  numeric,
  pageOf,
  text,
  timestamp,
  upTo,
  uuid,
} from '#platform/http/schema-parts';
import type { ProjectSettings } from './project-settings.ts';
import type { ProjectRecord } from './projects.repository.ts';
import type { AgentId, ProjectId } from '#shared/ids';

const name = text(255).min(1).describe('Name, as people see it');
const description = text(2000).describe('What the project is for');

export const ProjectParams = z.object({ id: uuid<ProjectId>() });

export const ProjectCreate = z
  .strictObject({ name, description: description.nullish() })
  .meta({ id: 'ProjectCreate' });

const retrieval = z.strictObject({
  mode: z.enum(['lexical', 'vector', 'hybrid']).optional(),
  top_k: z.int().min(1).max(50).optional().describe('Passages of a search that does not say'),
  vector_weight: numeric()
    .refine((weight) => weight >= 0 && weight <= 10, 'Must be from 0 to 10')
    .optional()
    .describe('What vectors count in a hybrid search, where words count 1'),
  reranking: z
    .enum(['none', 'words', 'model'])
    .optional()
    .describe('Who orders the best passages anew: nobody, their own words, or the reranker'),
  neighbours: upTo(3)
    .optional()
    .describe('Passages before and after a found one, of its page and section, shown with it'),
  query_rewriting: z
    .enum(['none', 'words', 'model'])
    .optional()
    .describe(
      'Who makes a search query of a follow-up question in a chat: nobody, the words of the questions before it, or the model that answers',
    ),
});

const ProjectSettingsBody = z
  .strictObject({
    retrieval: retrieval.optional(),
    agent_id: uuid<AgentId>()
      .optional()
      .describe('The agent of the project that answers where a question names none'),
  })
  .describe('What is not said is as the deployment has it')
  .meta({ id: 'ProjectSettings' });

export const ProjectUpdate = z
  .strictObject({
    name: name.optional(),
    description: description.nullable().optional(),
    settings: ProjectSettingsBody.optional().describe('Replaces the former settings'),
  })
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
    settings: ProjectSettingsBody,
    owner_id: uuid(),
    team_id: uuid(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'ProjectResponse' });

export const ProjectListResponse = pageOf(ProjectResponse).meta({ id: 'ProjectListResponse' });

/** The settings in our words. */
export function readSettings({
  retrieval: asked,
  agent_id: agentId,
}: z.output<typeof ProjectSettingsBody>): ProjectSettings {
  const named = agentId ? { agentId } : {};
  if (!asked) return named;
  const {
    top_k: topK,
    vector_weight: vectorWeight,
    query_rewriting: queryRewriting,
    ...rest
  } = asked;
  return { ...named, retrieval: { ...rest, topK, vectorWeight, queryRewriting } };
}

function presentSettings({
  retrieval: kept,
  agentId,
}: ProjectSettings): z.input<typeof ProjectSettingsBody> {
  const named = agentId ? { agent_id: agentId } : {};
  if (!kept) return named;
  const { topK, vectorWeight, queryRewriting, ...rest } = kept;
  return {
    ...named,
    retrieval: {
      ...rest,
      top_k: topK,
      vector_weight: vectorWeight,
      query_rewriting: queryRewriting,
    },
  };
}

export function presentProject(record: ProjectRecord): z.input<typeof ProjectResponse> {
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    settings: presentSettings(record.settings),
    owner_id: record.ownerId,
    team_id: record.teamId,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}
