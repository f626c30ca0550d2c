import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

export type EndpointCall = {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type ScriptedEndpoint = {
  readonly baseUrl: string;
  readonly calls: readonly EndpointCall[];
  /** Resolves when the caller has closed the connection of a call. */
  readonly callerGone: Promise<void>;
  close(): Promise<void>;
};

/** Answers a call; `number` counts the calls from one. */
export type EndpointScript = (response: ServerResponse, number: number) => void;

/** A model endpoint on loopback that does to the wire what a well-behaved mock cannot. */
export async function startScriptedEndpoint(script: EndpointScript): Promise<ScriptedEndpoint> {
  const calls: EndpointCall[] = [];
  const gone = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method, url: path, headers } = request;
    calls.push({ method, path, headers, body });
    response.on('close', () => {
      if (!response.writableFinished) gone.resolve();
    });
    script(response, calls.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the endpoint does not listen');
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    calls,
    callerGone: gone.promise,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

export function textFrame(text: string): string {
  return frame({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
}

export function finishFrame(reason = 'stop'): string {
  return frame({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
}

export function usageFrame(usage: unknown): string {
  return frame({ choices: [], usage });
}

export function frame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export const DONE_FRAME = 'data: [DONE]\n\n';
