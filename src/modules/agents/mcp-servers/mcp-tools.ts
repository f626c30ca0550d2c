import type { Logger } from '#platform/telemetry/logger';
import { z } from 'zod';
import { invalid } from '#platform/errors/app-error';
import type { ProjectId, TeamId } from '#shared/ids';
import type { AgentTool, ToolSource } from '../agent-tool.ts';
import type { EventLog } from '../event-log.ts';
import type { ProjectReader } from '../project-reader.ts';
import { answerFailures } from '../tools/answer-failures.ts';
import { capText } from '../tools/define-tool.ts';
import type { McpConnection, McpTool } from './mcp-connector.ts';
import type { McpServerRecord } from './mcp-servers.repository.ts';

export type McpToolsDependencies = {
  readonly listEnabled: (
    teamId: TeamId,
    projectId: ProjectId,
    names: readonly string[],
  ) => Promise<readonly McpServerRecord[]>;
  readonly connect: (server: McpServerRecord, signal: AbortSignal) => Promise<McpConnection>;
  readonly projects: ProjectReader;
  readonly refusals: EventLog;
  readonly logger: Pick<Logger, 'warn'>;
};

type Connected = {
  readonly server: McpServerRecord;
  readonly connection: McpConnection;
  readonly tools: readonly McpTool[];
};

const PREFIX = 'mcp:';
const CONNECT_MS = 10_000;
const MAX_TOOLS = 64;
/** Model providers take no longer names, and few characters. */
const MAX_NAME_LENGTH = 64;
const MAX_DESCRIPTION_LENGTH = 1024;

const Arguments = z.record(z.string(), z.unknown());

/** The tools of a project's MCP servers. A server that is down costs its own tools, and nothing else. */
export function createMcpTools(dependencies: McpToolsDependencies): ToolSource {
  const { listEnabled, connect, projects, refusals, logger } = dependencies;

  async function open(server: McpServerRecord): Promise<Connected | undefined> {
    const signal = AbortSignal.timeout(CONNECT_MS);
    let connection: McpConnection | undefined;
    try {
      connection = await connect(server, signal);
      const tools = await connection.listTools(signal);
      return { server, connection, tools: tools.slice(0, MAX_TOOLS) };
    } catch (error) {
      logger.warn({ err: error, mcpServerId: server.id }, 'answered without an MCP server');
      await connection?.close();
    }
  }

  return {
    async list({ actor, projectId }, names) {
      const wanted = names.filter((name) => name.startsWith(PREFIX));
      if (!projectId || wanted.length === 0) return { tools: [], close: async () => undefined };
      await projects.get(actor, { id: projectId });
      const serverNames = wanted.map((name) => name.slice(PREFIX.length));
      const servers = await listEnabled(actor.teamId, projectId, serverNames);
      const connected = (await Promise.all(servers.map(open))).filter(
        (found) => found !== undefined,
      );
      const tools = new Map<string, AgentTool>();
      for (const tool of connected.flatMap(toolsOf)) {
        if (!tools.has(tool.name)) tools.set(tool.name, answerFailures(tool, refusals));
      }
      return {
        tools: [...tools.values()],
        async close() {
          await Promise.all(connected.map(({ connection }) => connection.close()));
        },
      };
    },
  };
}

function toolsOf({ server, connection, tools }: Connected): readonly AgentTool[] {
  return tools.map(({ name, description, parameters, isRepeatable }) => ({
    name: `${server.name}__${name}`.replaceAll(/[^\w-]/g, '_').slice(0, MAX_NAME_LENGTH),
    description: description.slice(0, MAX_DESCRIPTION_LENGTH),
    parameters,
    touches: ['mcp'],
    isRepeatable,
    needsApproval: server.approvals.includes('*') || server.approvals.includes(name),
    async run(input, { signal }) {
      const parsed = Arguments.safeParse(input);
      if (!parsed.success) {
        throw invalid([{ field: 'arguments', message: 'Must be an object' }], 'tool.input');
      }
      const output = await connection.callTool({ name, input: parsed.data }, signal);
      return { ...output, text: capText(output.text) };
    },
  }));
}
