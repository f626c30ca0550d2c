import { z } from 'zod';
import { listQuery, numeric, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { AgentId, ProjectId, UserId } from '#shared/ids';
import {
  resourceName,
  versionNumber,
  versionReference,
} from '../versions/version-parts.schemas.ts';
import type { Versioned } from '../versions/versions.repository.ts';
import type { AgentContent } from './agent-content.ts';

const MAX_INSTRUCTIONS_LENGTH = 32_000;
const MAX_MODEL_LENGTH = 255;
const MAX_VALUE_LENGTH = 4000;
const MAX_VARIABLES = 50;
const MAX_TOOLS = 64;
const MAX_STEPS = 50;
const MAX_PASSAGES = 50;
/** A thousand dollars. */
const MAX_BUDGET_MICROS = 1_000_000_000;

const toolName = z
  .string()
  .regex(/^(?:[a-z][a-z0-9_]{0,63}|mcp:[a-z0-9][a-z0-9._-]{0,63})$/, 'Must name a tool');
const approvalName = z
  .string()
  .regex(/^(?:\*|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/, 'Must name a tool, or be *');

const retrieval = z
  .strictObject({
    automatic: z.boolean().default(true).describe('Search before each answer'),
    top_k: numeric().int().min(1).max(MAX_PASSAGES).optional(),
    mode: z.enum(['lexical', 'vector', 'hybrid']).optional(),
  })
  .describe('How the documents of the project are used');

/** Each member by itself, so that a change of one names no other. */
const members = {
  model: text(MAX_MODEL_LENGTH).min(1).nullish().describe('Null: the model of the conversation'),
  instructions: text(MAX_INSTRUCTIONS_LENGTH).min(1).nullish().describe('What the model is told'),
  prompt: versionReference
    .nullish()
    .describe('A prompt of the project to take instead of instructions: `name`, or `name@version`'),
  variables: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/i), text(MAX_VALUE_LENGTH))
    .refine((values) => Object.keys(values).length <= MAX_VARIABLES, 'Must be at most 50')
    .optional()
    .describe('What the names in double braces of the prompt stand for'),
  tools: z
    .array(toolName)
    .max(MAX_TOOLS)
    .optional()
    .describe('Names of tools; `mcp:<server>` takes all tools of an MCP server of the project'),
  approvals: z
    .array(approvalName)
    .max(MAX_TOOLS)
    .optional()
    .describe('Names of tools whose calls wait for a human; `*` for all'),
  retrieval: retrieval.optional(),
  max_steps: numeric()
    .int()
    .min(1)
    .max(MAX_STEPS)
    .nullish()
    .describe('Calls of the model in one run; null: AGENT_MAX_STEPS'),
  budget_micros: numeric()
    .int()
    .min(1)
    .max(MAX_BUDGET_MICROS)
    .nullish()
    .describe('What one run may spend, in millionths of the currency'),
};

export const AgentsParams = z.object({ id: uuid<ProjectId>() });
export const AgentParams = AgentsParams.extend({ agent_id: uuid<AgentId>() });
export const AgentVersionParams = AgentParams.extend({ version: versionNumber });
export const AgentFilter = listQuery({ sort: ['name'], default: 'name' }).omit({ sort: true });

export const AgentCreate = z
  .strictObject({ name: resourceName, ...members })
  .meta({ id: 'AgentCreate' });
export const AgentUpdate = z.strictObject(members).meta({ id: 'AgentUpdate' });

export const AgentResponse = z
  .object({
    id: uuid<AgentId>(),
    project_id: uuid<ProjectId>(),
    name: z.string(),
    version: z.int(),
    model: z.string().nullable(),
    instructions: z.string().nullable(),
    prompt: z.string().nullable(),
    variables: z.record(z.string(), z.string()),
    tools: z.array(z.string()),
    approvals: z.array(z.string()),
    retrieval: z.object({
      automatic: z.boolean(),
      top_k: z.int().optional(),
      mode: z.enum(['lexical', 'vector', 'hybrid']).optional(),
    }),
    max_steps: z.int().nullable(),
    budget_micros: z.int().nullable(),
    created_by_id: uuid<UserId>().nullable().describe('Who made this version; null once erased'),
    created_at: timestamp,
    updated_at: timestamp.describe('When this version was made'),
  })
  .meta({ id: 'AgentResponse' });

export const AgentListResponse = pageOf(AgentResponse).meta({ id: 'AgentListResponse' });

/** The members that a body names; null takes away what was set. */
export function readAgentContent(body: z.output<typeof AgentUpdate>): Partial<AgentContent> {
  const { retrieval: asked, max_steps: maxSteps, budget_micros: budgetMicros } = body;
  const named = {
    model: body.model,
    instructions: body.instructions,
    prompt: body.prompt,
    variables: body.variables,
    tools: body.tools,
    approvals: body.approvals,
    retrieval: asked && { isAutomatic: asked.automatic, topK: asked.top_k, mode: asked.mode },
    maxSteps,
    budgetMicros,
  };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
}

export function presentAgent(
  agent: Versioned<AgentId, AgentContent>,
): z.input<typeof AgentResponse> {
  const { content } = agent;
  const { isAutomatic: automatic, topK, mode } = content.retrieval;
  return {
    id: agent.id,
    project_id: agent.projectId,
    name: agent.name,
    version: agent.version,
    model: content.model ?? null,
    instructions: content.instructions ?? null,
    prompt: content.prompt ?? null,
    variables: { ...content.variables },
    tools: [...content.tools],
    approvals: [...content.approvals],
    retrieval: { automatic, ...(topK && { top_k: topK }), ...(mode && { mode }) },
    max_steps: content.maxSteps ?? null,
    budget_micros: content.budgetMicros ?? null,
    created_by_id: agent.createdById,
    created_at: agent.createdAt,
    updated_at: agent.updatedAt,
  };
}
