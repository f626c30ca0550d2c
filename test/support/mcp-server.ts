import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

export type TestMcpServer = Awaited<ReturnType<typeof startMcpServer>>;

/** A server by the official SDK, with three tools unless it is said otherwise; it lets in who has the token. */
export async function startMcpServer(token: string, createServerOf = createNotes) {
  const handler = createMcpHandler(createServerOf);
  let calls = 0;
  const server = createServer((request, response) => {
    void (async () => {
      calls += 1;
      if (request.headers.authorization !== `Bearer ${token}`) {
        response.writeHead(401).end();
        return;
      }
      const headers = new Headers();
      for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
      const method = request.method ?? 'GET';
      const body = method === 'POST' ? { body: await text(request) } : {};
      const url = `http://127.0.0.1${request.url ?? '/'}`;
      const answer = await handler.fetch(new Request(url, { method, headers, ...body }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(await answer.text());
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host: `127.0.0.1:${address.port}`,
    url: `http://127.0.0.1:${address.port}/mcp`,
    calls: () => calls,
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

function createNotes(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1' });
  const note = { description: 'Finds a note', inputSchema: z.object({ about: z.string() }) };
  server.registerTool('find-note', note, async ({ about }) => ({
    content: [{ type: 'text', text: `The note about ${about}` }],
  }));
  server.registerTool('fail', { description: 'Fails' }, async () => ({
    content: [{ type: 'text', text: 'no such note' }],
    isError: true,
  }));
  server.registerTool('flood', { description: 'Says much' }, async () => ({
    content: [{ type: 'text', text: 'x'.repeat(100_000) }],
  }));
  return server;
}
