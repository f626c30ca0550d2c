import type { DocumentService, ReadText, SearchService } from '#modules/knowledge';
import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { HttpClient } from '#platform/http-client/http-client';
import type { Logger } from '#platform/telemetry/logger';
import type { AgentId, PromptId, TeamId } from '#shared/ids';
import type { AgentContent } from './agents/agent-content.ts';
import { registerAgentRoutes } from './agents/agents.routes.ts';
import { createAgentCheck, createAgentResolver } from './agents/agents.service.ts';
import { createDirectoryRepository } from './agents/directory.repository.ts';
import { createAgentDirectory } from './agents/directory.service.ts';
import { createDefaultAgent } from './default-agent.ts';
import type { EventLog } from './event-log.ts';
import { createMcpServers } from './mcp-servers/mcp-servers.module.ts';
import type { ProjectReader } from './project-reader.ts';
import type { PromptContent } from './prompts/prompt-content.ts';
import { registerPromptRoutes } from './prompts/prompts.routes.ts';
import { createBuiltInTools } from './tools/built-in-tools.ts';
import { joinSources } from './tools/join-sources.ts';
import { createOpenToolbox } from './tools/toolbox.ts';
import { createVersionsRepository, type VersionedKind } from './versions/versions.repository.ts';
import {
  createVersionsService,
  type VersionsServiceDependencies,
} from './versions/versions.service.ts';

export type AgentsModuleDependencies = {
  readonly database: Database;
  readonly projects: ProjectReader;
  readonly search: Pick<SearchService, 'search'>;
  readonly documents: Pick<DocumentService, 'get' | 'list' | 'listChunks'>;
  readonly readText: ReadText;
  readonly httpClient: HttpClient;
  readonly eventLogWithin: (queries: Queries) => EventLog;
  readonly logger: Pick<Logger, 'warn'>;
  readonly settings: {
    readonly maxSteps: number;
    readonly encryptionKeys: readonly string[];
  };
};

export function createAgentsModule(dependencies: AgentsModuleDependencies) {
  const { database, projects, eventLogWithin, settings } = dependencies;
  const prompts = createVersionsService<PromptId, PromptContent>({
    ...bindVersions<PromptId, PromptContent>(database, 'prompt'),
    projects,
    assertUsable: async () => undefined,
  });
  const agents = createVersionsService<AgentId, AgentContent>({
    ...bindVersions<AgentId, AgentContent>(database, 'agent'),
    projects,
    assertUsable: createAgentCheck(prompts),
  });
  const resolver = createAgentResolver({
    agents,
    prompts,
    defaultAgent: createDefaultAgent(settings),
  });
  const refusals = eventLogWithin(database.unscoped());
  const builtInTools = createBuiltInTools({ ...dependencies, refusals });
  const mcpServers = createMcpServers(dependencies);
  const toolSource = joinSources([builtInTools, mcpServers.toolSource]);
  return {
    resolver,
    directory: createAgentDirectory((teamId) =>
      createDirectoryRepository(database.forTeam(teamId)),
    ),
    toolSource,
    openToolbox: createOpenToolbox({ toolSource, refusals }),
    secrets: mcpServers.secrets,
    registerRoutes(app: App): void {
      registerAgentRoutes(app, { agents });
      registerPromptRoutes(app, { prompts });
      mcpServers.registerRoutes(app);
    },
  };
}

function bindVersions<Id extends string, Content>(
  database: Database,
  kind: VersionedKind,
): Pick<VersionsServiceDependencies<Id, Content>, 'kind' | 'versionsOf' | 'unitOfWork'> {
  return {
    kind,
    versionsOf: (teamId: TeamId) => createVersionsRepository(database.forTeam(teamId), kind),
    unitOfWork: createUnitOfWork(database, (queries) => ({
      versions: createVersionsRepository<Id, Content>(queries, kind),
    })),
  };
}
