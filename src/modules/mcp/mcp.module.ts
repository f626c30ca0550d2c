import type { ToolSource } from '#modules/agents';
import type { ProjectService } from '#modules/projects';
import type { App } from '#platform/http/app';
import type { Logger } from '#platform/telemetry/logger';
import { createListProjectsTool } from './list-projects.tool.ts';
import { createMcpExchange } from './mcp-exchange.provider.ts';
import { createMcpToolService } from './mcp-tools.service.ts';
import { registerMcpRoutes } from './mcp.routes.ts';

export type McpModuleDependencies = {
  readonly projects: Pick<ProjectService, 'list'>;
  readonly toolSource: ToolSource;
  readonly logger: Pick<Logger, 'debug' | 'error'>;
  readonly settings: {
    readonly version: string;
    readonly publicUrl: string;
    readonly corsOrigins: readonly string[];
  };
};

/** The knowledge of projects for editors and assistants, under `/mcp`. */
export function createMcpModule({ projects, settings, ...rest }: McpModuleDependencies) {
  const tools = createMcpToolService({ ...rest, listProjects: createListProjectsTool(projects) });
  const exchange = createMcpExchange({ ...rest, version: settings.version });
  const allowedOrigins = new Set([...settings.corsOrigins, new URL(settings.publicUrl).origin]);
  return {
    registerRoutes: (app: App) => registerMcpRoutes(app, { tools, exchange, allowedOrigins }),
  };
}
