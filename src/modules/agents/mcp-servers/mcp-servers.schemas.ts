import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { McpServerId, ProjectId, UserId } from '#shared/ids';
import { resourceName } from '../versions/version-parts.schemas.ts';
import type { McpTool } from './mcp-connector.ts';
import type { McpServerRecord } from './mcp-servers.repository.ts';

const MAX_URL_LENGTH = 2048;
const MAX_VALUE_LENGTH = 4096;
const MAX_HEADERS = 20;
const MAX_APPROVALS = 64;
const FORBIDDEN_HEADERS = /^(?:host|connection|content-length|content-type|transfer-encoding)$/;

const url = text(MAX_URL_LENGTH).min(1).describe('Where it answers by Streamable HTTP, publicly');
const headers = z
  .record(
    z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'Must be a header in lower case')
      .refine((name) => !FORBIDDEN_HEADERS.test(name), 'Is the connection’s own'),
    z
      .string()
      .max(MAX_VALUE_LENGTH)
      .regex(/^[\x20-\x7e]+$/, 'Must be printable ASCII'),
  )
  .refine((members) => Object.keys(members).length <= MAX_HEADERS, 'Must be at most 20')
  .describe('Sent with each request, such as authorization; no answer ever shows their values');
const approvals = z
  .array(z.string().regex(/^(?:\*|[A-Za-z0-9_./-]{1,128})$/, 'Must name a tool, or be *'))
  .max(MAX_APPROVALS)
  .describe('Its tools whose calls wait for a human; `*` for all');

export const McpServersParams = z.object({ id: uuid<ProjectId>() });
export const McpServerParams = McpServersParams.extend({ mcp_server_id: uuid<McpServerId>() });
export const McpServerFilter = listQuery({ sort: ['name'], default: 'name' }).omit({ sort: true });

export const McpServerCreate = z
  .strictObject({
    name: resourceName,
    url,
    headers: headers.default({}),
    enabled: z.boolean().default(true),
    approvals: approvals.default(['*']),
  })
  .meta({ id: 'McpServerCreate' });

export const McpServerUpdate = z
  .strictObject({
    url: url.optional().describe('Another address takes the headers away, unless they are given'),
    headers: headers.optional(),
    enabled: z.boolean().optional(),
    approvals: approvals.optional(),
  })
  .meta({ id: 'McpServerUpdate' });

export const McpServerResponse = z
  .object({
    id: uuid<McpServerId>(),
    project_id: uuid<ProjectId>(),
    name: z.string(),
    url: z.string(),
    header_names: z.array(z.string()),
    enabled: z.boolean(),
    approvals: z.array(z.string()),
    created_by_id: uuid<UserId>().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'McpServerResponse' });

export const McpServerListResponse = pageOf(McpServerResponse).meta({
  id: 'McpServerListResponse',
});

export const McpServerTestResponse = z
  .object({ tools: z.array(z.object({ name: z.string(), description: z.string() })) })
  .meta({ id: 'McpServerTestResponse' });

export function presentMcpServer(server: McpServerRecord): z.input<typeof McpServerResponse> {
  return {
    id: server.id,
    project_id: server.projectId,
    name: server.name,
    url: server.url,
    header_names: [...server.headerNames],
    enabled: server.isEnabled,
    approvals: [...server.approvals],
    created_by_id: server.createdById,
    created_at: server.createdAt,
    updated_at: server.updatedAt,
  };
}

export function presentMcpTools(tools: readonly McpTool[]): z.input<typeof McpServerTestResponse> {
  return { tools: tools.map(({ name, description }) => ({ name, description })) };
}
