import { z } from 'zod';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { pageRequest, presentPage } from '#platform/http/schema-parts';
import {
  McpServerCreate,
  McpServerFilter,
  McpServerListResponse,
  McpServerParams,
  McpServerResponse,
  McpServersParams,
  McpServerTestResponse,
  McpServerUpdate,
  presentMcpServer,
  presentMcpTools,
} from './mcp-servers.schemas.ts';
import type { McpServerService } from './mcp-servers.service.ts';

const tags = ['mcp-servers'];
const config = { access: 'user' } as const;

const createMcpServer = {
  schema: {
    operationId: 'createMcpServer',
    summary: 'Let agents of a project use the tools of an MCP server',
    tags,
    params: McpServersParams,
    body: McpServerCreate,
    response: { 201: McpServerResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listMcpServers = {
  schema: {
    operationId: 'listMcpServers',
    summary: 'List the MCP servers of a project',
    tags,
    params: McpServersParams,
    querystring: McpServerFilter,
    response: { 200: McpServerListResponse },
  },
  config,
};
const readMcpServer = {
  schema: {
    operationId: 'getMcpServer',
    summary: 'Read an MCP server, without the values of its headers',
    tags,
    params: McpServerParams,
    response: { 200: McpServerResponse },
  },
  config,
};
const updateMcpServer = {
  schema: {
    operationId: 'updateMcpServer',
    summary: 'Change an MCP server in part',
    tags,
    params: McpServerParams,
    body: McpServerUpdate,
    response: { 200: McpServerResponse },
  },
  config,
};
const deleteMcpServer = {
  schema: {
    operationId: 'deleteMcpServer',
    summary: 'Take an MCP server from its project',
    tags,
    params: McpServerParams,
    response: { 204: z.void() },
  },
  config,
};
const testMcpServer = {
  schema: {
    operationId: 'testMcpServer',
    summary: 'Reach an MCP server, and list the tools that it has',
    tags,
    params: McpServerParams,
    response: { 200: McpServerTestResponse },
  },
  config,
};

export function registerMcpServerRoutes(
  app: App,
  { mcpServers }: { mcpServers: McpServerService },
): void {
  app.post('/projects/:id/mcp-servers', createMcpServer, async (request, reply) => {
    const { enabled: isEnabled, ...content } = request.body;
    const input = { projectId: request.params.id, isEnabled, ...content };
    return reply.code(201).send(presentMcpServer(await mcpServers.create(request.actor, input)));
  });

  app.get('/projects/:id/mcp-servers', listMcpServers, async (request) => {
    const listing = { projectId: request.params.id, ...pageRequest(request.query) };
    return presentPage(await mcpServers.list(request.actor, listing), presentMcpServer);
  });

  app.get('/projects/:id/mcp-servers/:mcp_server_id', readMcpServer, async (request) =>
    presentMcpServer(await mcpServers.get(request.actor, keyOf(request.params))),
  );

  app.patch('/projects/:id/mcp-servers/:mcp_server_id', updateMcpServer, async (request) => {
    const { enabled: isEnabled, ...rest } = request.body;
    const changes = { ...rest, isEnabled };
    const input = { ...keyOf(request.params), changes };
    return presentMcpServer(await mcpServers.update(request.actor, input));
  });

  app.delete(
    '/projects/:id/mcp-servers/:mcp_server_id',
    deleteMcpServer,
    async (request, reply) => {
      await mcpServers.remove(request.actor, keyOf(request.params));
      return reply.code(204).send();
    },
  );

  app.post(
    '/projects/:id/mcp-servers/:mcp_server_id/test',
    testMcpServer,
    async (request, reply) => {
      const key = keyOf(request.params);
      return presentMcpTools(await mcpServers.listTools(request.actor, key, callerSignal(reply)));
    },
  );
}

function keyOf({ id, mcp_server_id }: z.output<typeof McpServerParams>) {
  return { projectId: id, id: mcp_server_id };
}
