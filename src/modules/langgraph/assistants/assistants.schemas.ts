import { z } from 'zod';
import { text, timestamp, upTo } from '#platform/http/schema-parts';
import {
  absent,
  limitTo,
  MetadataResponse,
  notes,
  offset,
  selection,
  sortOrder,
} from '../wire/wire-parts.schemas.ts';
import { GRAPH_ID, type Assistant } from './assistant.ts';

const MAX_ID_LENGTH = 64;
const MAX_NAME_LENGTH = 255;
const MAX_LISTED = 100;
const MAX_DEPTH = 100;

export const AssistantParams = z.object({ assistant_id: z.string().min(1).max(MAX_ID_LENGTH) });
export const SubgraphParams = AssistantParams.extend({
  namespace: z.string().min(1).max(MAX_NAME_LENGTH),
});
export const GraphQuery = z.object({
  xray: z.string().max(8).optional(),
  recurse: z.string().max(8).optional(),
});

const filter = {
  graph_id: text(MAX_ID_LENGTH).nullish(),
  name: text(MAX_NAME_LENGTH).nullish().describe('A part of the name'),
  metadata: notes.nullish().describe('`project_id`; no assistant has other notes'),
};

export const AssistantSearch = z
  .strictObject({
    ...filter,
    limit: limitTo(MAX_LISTED),
    offset,
    sort_by: z.enum(['assistant_id', 'graph_id', 'name', 'created_at', 'updated_at']).nullish(),
    sort_order: sortOrder,
    select: selection,
  })
  .meta({ id: 'LangGraphAssistantSearch' });

export const AssistantCount = z.strictObject(filter).meta({ id: 'LangGraphAssistantCount' });

export const VersionsRequest = z
  .strictObject({
    metadata: absent(z.strictObject({})),
    limit: limitTo(MAX_LISTED),
    offset: upTo(MAX_DEPTH).default(0),
  })
  .meta({ id: 'LangGraphAssistantVersions' });

export const AssistantResponse = z
  .object({
    assistant_id: z.string().describe('Of a project or an agent, or `agent`'),
    graph_id: z.literal(GRAPH_ID),
    name: z.string(),
    description: z.string().nullable(),
    version: z.int(),
    config: z.record(z.string(), z.unknown()),
    context: z.record(z.string(), z.unknown()),
    metadata: MetadataResponse.describe('`project_id`; of an agent, `model` and `tools` too'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'LangGraphAssistant' });

export const AssistantListResponse = z
  .array(AssistantResponse)
  .meta({ id: 'LangGraphAssistantList' });

export const GraphResponse = z
  .object({
    nodes: z.array(z.object({ id: z.string(), type: z.string(), data: z.unknown() })),
    edges: z.array(z.object({ source: z.string(), target: z.string(), conditional: z.boolean() })),
  })
  .meta({ id: 'LangGraphGraph' });

const JsonSchema = z.record(z.string(), z.unknown());

export const GraphSchemasResponse = z
  .object({
    graph_id: z.literal(GRAPH_ID),
    input_schema: JsonSchema,
    output_schema: JsonSchema,
    state_schema: JsonSchema,
    config_schema: JsonSchema,
    context_schema: JsonSchema,
  })
  .meta({ id: 'LangGraphGraphSchemas' });

export const SubgraphsResponse = z.record(z.string(), GraphSchemasResponse);

export function presentAssistant(assistant: Assistant): z.input<typeof AssistantResponse> {
  const { content, projectId } = assistant;
  return {
    assistant_id: assistant.id,
    graph_id: GRAPH_ID,
    name: assistant.name,
    description: null,
    version: assistant.version,
    config: {},
    context: {},
    metadata: {
      ...(projectId && { project_id: projectId }),
      ...(content && { model: content.model ?? null, tools: content.tools }),
    },
    created_at: assistant.createdAt,
    updated_at: assistant.updatedAt,
  };
}
