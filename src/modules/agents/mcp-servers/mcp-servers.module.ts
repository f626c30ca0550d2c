import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { HttpClient } from '#platform/http-client/http-client';
import { createSealedSecrets } from '#platform/secrets/reseal-secrets';
import { createSecretBox } from '#platform/secrets/secret-box';
import type { Logger } from '#platform/telemetry/logger';
import type { TeamId } from '#shared/ids';
import type { EventLog } from '../event-log.ts';
import type { ProjectReader } from '../project-reader.ts';
import { createMcpConnector } from './mcp-connector.provider.ts';
import { createMcpServersRepository } from './mcp-servers.repository.ts';
import { registerMcpServerRoutes } from './mcp-servers.routes.ts';
import { createMcpServerService } from './mcp-servers.service.ts';
import { createMcpTools } from './mcp-tools.ts';

export type McpServersDependencies = {
  readonly database: Database;
  readonly projects: ProjectReader;
  readonly httpClient: Pick<HttpClient, 'assertAllowed' | 'fetch'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly eventLogWithin: (queries: Queries) => EventLog;
  readonly settings: { readonly encryptionKeys: readonly string[] };
};

export function createMcpServers(dependencies: McpServersDependencies) {
  const { database, projects, httpClient, logger, eventLogWithin, settings } = dependencies;
  const serversOf = (teamId: TeamId) => createMcpServersRepository(database.forTeam(teamId));
  const secretBox = createSecretBox(settings.encryptionKeys);
  const column = { table: 'mcp_servers', column: 'sealed_headers' };
  const mcpServers = createMcpServerService({
    serversOf,
    unitOfWork: createUnitOfWork(database, (queries) => ({
      servers: createMcpServersRepository(queries),
      audit: eventLogWithin(queries),
    })),
    projects,
    httpClient,
    secretBox,
    connector: createMcpConnector(httpClient.fetch),
  });
  return {
    toolSource: createMcpTools({
      listEnabled: (teamId, projectId, names) => serversOf(teamId).listEnabled(projectId, names),
      connect: mcpServers.connect,
      projects,
      refusals: eventLogWithin(database.unscoped()),
      logger,
    }),
    secrets: createSealedSecrets({ database, secretBox, ...column }),
    registerRoutes: (app: App) => registerMcpServerRoutes(app, { mcpServers }),
  };
}
