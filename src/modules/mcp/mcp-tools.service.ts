import type { AgentTool, ToolOutput, ToolSource } from '#modules/agents';
import { isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { Actor } from '#shared/actor';
import { addProjectChoice, chooseProject } from './choose-project.ts';
import { describePassages } from './describe-passages.ts';
import type { McpTool, McpToolResult } from './mcp-tool.ts';

export type McpToolService = ReturnType<typeof createMcpToolService>;

export type McpToolServiceDependencies = {
  readonly toolSource: ToolSource;
  readonly listProjects: AgentTool;
  readonly logger: Pick<Logger, 'error'>;
};

export type McpToolCall = { readonly name: string; readonly input: unknown };

/** What agents have of a project; a client chooses the project with each call. */
const PROJECT_TOOLS: readonly string[] = ['list_documents', 'read_document', 'search_project'];
const TIMEOUT_MS = 30_000;

/** The tools of `/mcp`: those of agents, with the rights of whoever calls. */
export function createMcpToolService(dependencies: McpToolServiceDependencies) {
  const { toolSource, listProjects, logger } = dependencies;

  async function projectTools(actor: Actor): Promise<readonly AgentTool[]> {
    return (await toolSource.list({ actor, projectId: null }, PROJECT_TOOLS)).tools;
  }

  async function run(tool: AgentTool, input: unknown, caller: Caller): Promise<McpToolResult> {
    const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const context = { sessionId: null, runId: null, actor: caller.actor, signal };
    try {
      if (tool === listProjects) {
        return resultOf(await tool.run(input, { ...context, projectId: null }));
      }
      const choice = chooseProject(input);
      if (!choice) return fail('project_id must be the id of a project; see list_projects');
      const { projectId, rest } = choice;
      return resultOf(await tool.run(rest, { ...context, projectId }));
    } catch (error) {
      if (isAppError(error)) return fail(error.message);
      if (signal.aborted) return fail('The tool took too long');
      logger.error({ err: error, tool: tool.name }, 'an MCP tool failed');
      return fail('The tool failed');
    }
  }

  return {
    async list(actor: Actor): Promise<readonly McpTool[]> {
      const shared = await projectTools(actor);
      const ofProjects = shared.map((tool) => {
        const described = describe(tool);
        return { ...described, inputSchema: addProjectChoice(described.inputSchema) };
      });
      return [describe(listProjects), ...ofProjects];
    },

    /** Undefined where there is no such tool. What fails is told in the result. */
    async call(
      actor: Actor,
      { name, input }: McpToolCall,
      signal: AbortSignal,
    ): Promise<McpToolResult | undefined> {
      const tools = [listProjects, ...(await projectTools(actor))];
      const tool = tools.find((candidate) => candidate.name === name);
      return tool && run(tool, input, { actor, signal });
    },
  };
}

type Caller = { readonly actor: Actor; readonly signal: AbortSignal };

function describe({ name, description, parameters }: AgentTool): McpTool {
  return { name, description, inputSchema: parameters };
}

/** Passages go out with all that a citation wants, which an agent does not see. */
function resultOf({ text, isError, passages }: ToolOutput): McpToolResult {
  if (passages === undefined) return { text, isError };
  const structured = describePassages(passages);
  return { text: JSON.stringify(structured), structured, isError };
}

function fail(text: string): McpToolResult {
  return { text, isError: true };
}
