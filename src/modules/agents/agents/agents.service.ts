import { invalid, isAppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { AgentId, ProjectId, PromptId } from '#shared/ids';
import type { AgentDefinition, AgentResolver } from '../agent-definition.ts';
import type { PromptContent } from '../prompts/prompt-content.ts';
import { listVariables, renderPrompt } from '../prompts/render-prompt.ts';
import { TOOL_NAMES } from '../tools/tool-names.ts';
import type { VersionsService } from '../versions/versions.service.ts';
import type { AgentContent } from './agent-content.ts';

export type PromptReader = Pick<VersionsService<PromptId, PromptContent>, 'get'>;

export const NEW_AGENT: AgentContent = {
  variables: {},
  tools: [],
  approvals: [],
  retrieval: { isAutomatic: true },
};

const MCP_PREFIX = 'mcp:';

/** Refuses an agent that could not answer as it was meant to. */
export function createAgentCheck(prompts: PromptReader) {
  return async (actor: Actor, projectId: ProjectId, content: AgentContent): Promise<void> => {
    const stranger = content.tools.find(
      (name) => !name.startsWith(MCP_PREFIX) && !TOOL_NAMES.has(name),
    );
    if (stranger) throw fault('tools', `There is no tool "${stranger}"`);
    if (content.prompt === undefined) return;
    if (content.instructions !== undefined) {
      throw fault('prompt', 'Give either instructions or a prompt, and null for the other');
    }
    const text = await readPrompt(prompts, actor, { projectId, reference: content.prompt });
    const missing = listVariables(text).find((name) => !Object.hasOwn(content.variables, name));
    if (missing) throw fault('variables', `The prompt asks for a value of "${missing}"`);
  };
}

export type AgentResolverDependencies = {
  readonly agents: Pick<VersionsService<AgentId, AgentContent>, 'get'>;
  readonly prompts: PromptReader;
  readonly defaultAgent: AgentDefinition;
};

export function createAgentResolver(dependencies: AgentResolverDependencies): AgentResolver {
  const { agents, prompts, defaultAgent } = dependencies;

  async function instructionsOf(actor: Actor, projectId: ProjectId, content: AgentContent) {
    if (content.prompt === undefined) return content.instructions;
    const text = await readPrompt(prompts, actor, { projectId, reference: content.prompt });
    return renderPrompt(text, content.variables);
  }

  return {
    async resolve(actor, { projectId, agentId, version }) {
      if (!agentId) return defaultAgent;
      if (!projectId) throw fault('project_id', 'An agent answers in its project: name it');
      const agent = await agents.get(actor, { projectId, id: agentId, version });
      const { content } = agent;
      return {
        agentId,
        version: agent.version,
        model: content.model,
        instructions: await instructionsOf(actor, projectId, content),
        tools: content.tools,
        approvals: content.approvals,
        retrieval: content.retrieval,
        maxSteps: content.maxSteps ?? defaultAgent.maxSteps,
        budgetMicros: content.budgetMicros,
      };
    },
  };
}

type PromptReference = { readonly projectId: ProjectId; readonly reference: string };

/** @throws VALIDATION_ERROR where the project has no such prompt */
async function readPrompt(
  prompts: PromptReader,
  actor: Actor,
  { projectId, reference }: PromptReference,
): Promise<string> {
  const [name = '', digits] = reference.split('@');
  const version = digits === undefined ? undefined : Number(digits);
  try {
    return (await prompts.get(actor, { projectId, name, version })).content.text;
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    throw fault('prompt', `The project has no prompt "${reference}"`);
  }
}

function fault(field: string, message: string): Error {
  return invalid([{ field, message }], 'agent.invalid');
}
