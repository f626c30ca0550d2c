import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { HttpClient } from '#platform/http-client/http-client';
import type { SecretBox } from '#platform/secrets/secret-box';
import type { Actor } from '#shared/actor';
import { newId, type McpServerId, type ProjectId, type TeamId } from '#shared/ids';
import type { Page, PageRequest } from '#shared/page';
import type { EventLog } from '../event-log.ts';
import type { ProjectReader } from '../project-reader.ts';
import type { McpConnection, McpConnector, McpTool } from './mcp-connector.ts';
import type {
  McpServerKey,
  McpServerRecord,
  McpServersRepository,
} from './mcp-servers.repository.ts';
import { openHeaders, sealHeaders, type Headers } from './seal-headers.ts';

export type McpServerService = ReturnType<typeof createMcpServerService>;

export type McpServerInput = {
  readonly url: string;
  readonly headers: Headers;
  readonly isEnabled: boolean;
  readonly approvals: readonly string[];
};

type McpServerChanges = {
  readonly [Member in keyof McpServerInput]?: McpServerInput[Member] | undefined;
};

export type McpServerServiceDependencies = {
  readonly serversOf: (teamId: TeamId) => McpServersRepository;
  readonly unitOfWork: UnitOfWork<{
    readonly servers: McpServersRepository;
    readonly audit: EventLog;
  }>;
  readonly projects: ProjectReader;
  readonly httpClient: Pick<HttpClient, 'assertAllowed'>;
  readonly secretBox: SecretBox;
  readonly connector: McpConnector;
};

/** MCP servers whose tools the agents of a project may use; NOT_FOUND for another team's. */
export function createMcpServerService(dependencies: McpServerServiceDependencies) {
  const { serversOf, unitOfWork, projects, httpClient, secretBox, connector } = dependencies;

  async function get(actor: Actor, key: McpServerKey): Promise<McpServerRecord> {
    await projects.get(actor, { id: key.projectId });
    const server = await serversOf(actor.teamId).find(key);
    if (!server) throw notFound('mcp_server', key.id);
    return server;
  }

  function assertMayChange(actor: Actor): void {
    assertAllowed(actor, 'mcp_servers.change');
  }

  function contentOf(row: { id: McpServerId; teamId: TeamId }, input: McpServerInput) {
    httpClient.assertAllowed(input.url, 'url');
    const { headers, ...rest } = input;
    const sealedHeaders = sealHeaders(secretBox, row, headers);
    return { ...rest, sealedHeaders, headerNames: Object.keys(headers) };
  }

  async function connect(server: McpServerRecord, signal: AbortSignal): Promise<McpConnection> {
    const headers = openHeaders(secretBox, server);
    return connector.connect({ url: server.url, headers }, signal);
  }

  return {
    get,
    connect,

    /** @throws NOT_FOUND, FORBIDDEN, VALIDATION_ERROR `url_not_allowed`, DUPLICATE */
    async create(
      actor: Actor,
      input: McpServerInput & { readonly projectId: ProjectId; readonly name: string },
    ): Promise<McpServerRecord> {
      const { projectId, name, ...content } = input;
      await projects.get(actor, { id: projectId });
      assertMayChange(actor);
      const { teamId, userId: createdById } = actor;
      const row = { id: newId<McpServerId>(), teamId };
      const server = { ...row, projectId, name, createdById, ...contentOf(row, content) };
      return unitOfWork.run(teamScope(teamId), async ({ servers, audit }) => {
        const created = await servers.insert(server);
        if (!created) throw isThere(name);
        const target = targetOf(row);
        await audit.insert(actor, {
          action: 'mcp_server.created',
          target,
          after: audited(created),
        });
        return created;
      });
    },

    async list(
      actor: Actor,
      { projectId, ...page }: PageRequest & { readonly projectId: ProjectId },
    ): Promise<Page<McpServerRecord>> {
      await projects.get(actor, { id: projectId });
      return serversOf(actor.teamId).list(projectId, page);
    },

    /** Headers stay where none are given, but never for another address. @throws NOT_FOUND, FORBIDDEN, VALIDATION_ERROR */
    async update(
      actor: Actor,
      { changes, ...key }: McpServerKey & { readonly changes: McpServerChanges },
    ): Promise<McpServerRecord> {
      const before = await get(actor, key);
      assertMayChange(actor);
      const {
        url = before.url,
        isEnabled = before.isEnabled,
        approvals = before.approvals,
      } = changes;
      const kept = () => (url === before.url ? openHeaders(secretBox, before) : {});
      const headers = changes.headers ?? kept();
      const content = contentOf(before, { url, headers, isEnabled, approvals });
      await unitOfWork.run(teamScope(actor.teamId), async ({ servers, audit }) => {
        await servers.replace(before.id, content);
        await audit.insert(actor, {
          action: 'mcp_server.updated',
          target: targetOf(before),
          before: audited(before),
          after: audited({ ...before, ...content }),
        });
      });
      return get(actor, key);
    },

    /** @throws NOT_FOUND, FORBIDDEN */
    async remove(actor: Actor, key: McpServerKey): Promise<void> {
      const before = await get(actor, key);
      assertMayChange(actor);
      await unitOfWork.run(teamScope(actor.teamId), async ({ servers, audit }) => {
        await servers.remove(before.id);
        const target = targetOf(before);
        await audit.insert(actor, {
          action: 'mcp_server.deleted',
          target,
          before: audited(before),
        });
      });
    },

    /** What tools it has now. @throws NOT_FOUND, FORBIDDEN, EXTERNAL_SERVICE_ERROR */
    async listTools(
      actor: Actor,
      key: McpServerKey,
      signal: AbortSignal,
    ): Promise<readonly McpTool[]> {
      const server = await get(actor, key);
      assertMayChange(actor);
      const connection = await connect(server, signal);
      try {
        return await connection.listTools(signal);
      } finally {
        await connection.close();
      }
    },
  };
}

function targetOf({ id }: Pick<McpServerRecord, 'id'>) {
  return { type: 'mcp_server', id };
}

function audited({ name, url, headerNames, isEnabled, approvals }: McpServerRecord) {
  return {
    name,
    url,
    header_names: headerNames,
    enabled: isEnabled,
    approvals,
  };
}

function isThere(name: string): AppError {
  return new AppError('duplicate', `The project has an MCP server "${name}" already`, {
    reason: 'mcp_server.exists',
  });
}
