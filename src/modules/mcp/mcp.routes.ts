import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { refuseOtherOrigins } from '#platform/http/same-origin';
import type { McpExchange } from './mcp-exchange.ts';
import type { McpToolService } from './mcp-tools.service.ts';
import { McpAnswer, McpErrorResponse, McpMessageBody, McpTaken } from './mcp.schemas.ts';

export type McpRoutesDependencies = {
  readonly tools: McpToolService;
  readonly exchange: McpExchange;
  /** Of browsers; a client that is none sends no origin. */
  readonly allowedOrigins: ReadonlySet<string>;
};

const MAX_BODY_BYTES = 65_536;

export function registerMcpRoutes(app: App, dependencies: McpRoutesDependencies): void {
  const { tools, exchange, allowedOrigins } = dependencies;
  const callMcp = {
    schema: {
      operationId: 'callMcp',
      summary: 'Use the projects as a Model Context Protocol server, by Streamable HTTP',
      tags: ['mcp'],
      body: McpMessageBody,
      response: { 200: McpAnswer, 202: McpTaken, default: McpErrorResponse },
    },
    config: { access: 'user', keyScope: 'read' },
    bodyLimit: MAX_BODY_BYTES,
    onRequest: refuseOtherOrigins(allowedOrigins),
  } as const;

  app.post('', callMcp, async (request, reply) => {
    const { actor, body, headers } = request;
    const signal = callerSignal(reply);
    const own = {
      list: () => tools.list(actor),
      call: (name: string, input: unknown) => tools.call(actor, { name, input }, signal),
    };
    const answer = await exchange.answer({ body, headers }, own, signal);
    if (answer.contentType !== undefined) reply.type(answer.contentType);
    return reply.code(answer.status).send(answer.body);
  });
}
