import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { readAll, readFrames, write } from './model-wire.ts';
import { portOf } from './ports.ts';

/** What the proxy does to one call; without any it passes everything on as it is. */
export type Fault =
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Hangs up instead of answering. */
  | { readonly kind: 'reset' }
  /** Takes the call, and says nothing at all. */
  | { readonly kind: 'mute' }
  /** Answers with 200, and with something else in the place of the answer. */
  | { readonly kind: 'instead'; readonly body: string; readonly contentType?: string }
  /** Changes each frame; the first has number one. More than one piece is sent in as many writes. */
  | { readonly kind: 'bend'; readonly change: FrameChange }
  /** Lets so many frames through, and then nothing, or hangs up. */
  | { readonly kind: 'stop'; readonly afterFrames: number; readonly how: 'silent' | 'cut' };

export type FrameChange = (frame: string, number: number) => string | readonly string[];

export type ProxiedCall = {
  readonly path: string;
  readonly body: string;
  /** Resolves when the service has hung up before the answer was whole. */
  readonly abandoned: Promise<void>;
};

export type FaultProxy = {
  readonly baseUrl: string;
  readonly port: number;
  readonly calls: readonly ProxiedCall[];
  close(): Promise<void>;
};

/** What the provider writes in a failure, and nobody may ever read. */
export const PROVIDER_CANARY = 'CANARY-what-the-provider-wrote-4417';

/** A provider on loopback that fails as providers do; what it says otherwise is said by the endpoint behind it. */
export async function startFaultProxy(
  endpointUrl: string,
  faultOf: (call: ProxiedCall) => Fault | undefined,
): Promise<FaultProxy> {
  const { origin } = new URL(endpointUrl);
  const calls: ProxiedCall[] = [];

  const server = createServer(async (request, response) => {
    const { promise: abandoned, resolve: abandon } = Promise.withResolvers<void>();
    response.on('close', () => response.writableFinished || abandon());
    const call = { path: request.url ?? '', body: await readAll(request), abandoned };
    calls.push(call);
    const fault = faultOf(call);
    if (answersItself(fault, response)) return;
    const { method, headers } = request;
    const onward = send(`${origin}${call.path}`, { method, headers, agent: false });
    response.on('close', () => onward.destroy());
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      void pass({ answer, response, fault }).catch(() => response.destroy());
    });
    onward.end(call.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    port,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whether the fault leaves the endpoint out of it. */
function answersItself(fault: Fault | undefined, response: ServerResponse): boolean {
  switch (fault?.kind) {
    case 'refuse': {
      const { status, retryAfterSeconds: seconds } = fault;
      const headers = {
        'content-type': 'application/json',
        ...(seconds !== undefined && { 'retry-after': String(seconds) }),
      };
      const body = JSON.stringify({ error: { message: PROVIDER_CANARY, code: PROVIDER_CANARY } });
      response.writeHead(status, headers).end(body);
      return true;
    }
    case 'reset':
      response.destroy();
      return true;
    case 'mute':
      return true;
    case 'instead': {
      const { body, contentType = 'text/event-stream' } = fault;
      response.writeHead(200, { 'content-type': contentType }).end(body);
      return true;
    }
    default:
      return false;
  }
}

type Passage = {
  readonly answer: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
};

async function pass({ answer, response, fault }: Passage): Promise<void> {
  response.writeHead(answer.statusCode ?? 0, withoutLength(answer));
  let number = 0;
  for await (const frame of readFrames(answer)) {
    if (fault?.kind === 'stop' && number >= fault.afterFrames) {
      if (fault.how === 'cut') response.destroy();
      return;
    }
    number += 1;
    const pieces = fault?.kind === 'bend' ? [fault.change(frame, number)].flat() : [frame];
    for (const piece of pieces) await write(response, piece);
  }
  response.end();
}

/** What is bent has another length. */
function withoutLength({ headers }: IncomingMessage) {
  const { 'content-length': _length, ...others } = headers;
  return others;
}
