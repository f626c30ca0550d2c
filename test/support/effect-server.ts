import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { startMcpServer } from './mcp-server.ts';

export type EffectServer = Awaited<ReturnType<typeof startEffectServer>>;

/** An MCP server by the official SDK that keeps what its tools did: `deliver` has an effect, `look` has none. */
export async function startEffectServer(token: string) {
  const done: string[] = [];
  let held = false;
  let opened = Promise.withResolvers<void>();
  let onCall = Promise.withResolvers<void>();

  async function act(what: string) {
    done.push(what);
    onCall.resolve();
    onCall = Promise.withResolvers();
    if (held) await opened.promise;
    return { content: [{ type: 'text' as const, text: `${what}: done` }] };
  }

  const server = await startMcpServer(token, () => {
    const mcp = new McpServer({ name: 'effects', version: '1' });
    const inputSchema = z.object({ what: z.string() });
    mcp.registerTool('deliver', { description: 'Delivers', inputSchema }, ({ what }) =>
      act(`deliver ${what}`),
    );
    const annotations = { readOnlyHint: true };
    mcp.registerTool('look', { description: 'Looks', inputSchema, annotations }, ({ what }) =>
      act(`look ${what}`),
    );
    return mcp;
  });

  return {
    ...server,
    /** What was done, in order. */
    done,
    /** Has each call from now on do its work, and never answer until it is released. */
    hold(): void {
      held = true;
    },
    release(): void {
      held = false;
      opened.resolve();
      opened = Promise.withResolvers();
    },
    async called(count: number): Promise<void> {
      while (done.length < count) await onCall.promise;
    },
  };
}
