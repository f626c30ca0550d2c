import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import { AppError } from '#platform/errors/app-error';
import type { McpAddress, McpConnection, McpConnector } from './mcp-connector.ts';

const LIST_MS = 10_000;
const CALL_MS = 60_000;

/** By the official client over Streamable HTTP, through a fetch that reaches public hosts alone. */
export function createMcpConnector(guardedFetch: typeof fetch): McpConnector {
  return {
    async connect({ url, headers }: McpAddress, signal) {
      // Most processes never reach a server, and a start should not wait for those that do.
      const sdk = await import('@modelcontextprotocol/client');
      const client = new sdk.Client(
        { name: 'groundwork', version: '1' },
        { versionNegotiation: { mode: 'auto' } },
      );
      const transport = new sdk.StreamableHTTPClientTransport(new URL(url), {
        requestInit: { headers: { ...headers } },
        fetch: (input, init) => guardedFetch(input, init),
      });
      try {
        await client.connect(transport, { signal, timeout: LIST_MS });
      } catch (cause) {
        await client.close().catch(() => undefined);
        throw failureOf(cause, signal);
      }
      return connectionOf(client);
    },
  };
}

function connectionOf(client: Client): McpConnection {
  return {
    async listTools(signal) {
      try {
        const { tools } = await client.listTools(undefined, { signal, timeout: LIST_MS });
        return tools.map(({ name, description = '', inputSchema, annotations }) => ({
          name,
          description,
          parameters: inputSchema,
          isRepeatable: annotations?.readOnlyHint === true || annotations?.idempotentHint === true,
        }));
      } catch (cause) {
        throw failureOf(cause, signal);
      }
    },

    async callTool({ name, input }, signal) {
      try {
        const options = { signal, timeout: CALL_MS };
        return read(await client.callTool({ name, arguments: { ...input } }, options));
      } catch (cause) {
        throw failureOf(cause, signal);
      }
    },

    close: () => client.close().catch(() => undefined),
  };
}

function read({ content, structuredContent, isError = false }: CallToolResult) {
  const texts = content.map((block) => (block.type === 'text' ? block.text : `[${block.type}]`));
  const text = texts.join('\n') || JSON.stringify(structuredContent ?? null);
  return { text, isError };
}

/** What the server says of its failure stays between it and us. */
function failureOf(cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const message = 'The MCP server could not be reached, or did not answer as one';
  return new AppError('external', message, { reason: 'mcp.failed', retryable: true, cause });
}
