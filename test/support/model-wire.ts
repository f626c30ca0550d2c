import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { portOf } from './ports.ts';

export type ModelCall = {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
  /** Resolves when the service has hung up before the answer was whole. */
  readonly abandoned: Promise<void>;
};

/** A wire between the service and a model endpoint, on which a test says how far an answer gets. */
export type ModelWire = {
  readonly baseUrl: string;
  readonly calls: readonly ModelCall[];
  /** The frames that have left for the service, over all calls. */
  readonly passed: readonly string[];
  /** Lets this many frames of each answer through, and keeps the rest; with none not even headers pass. */
  holdAfter(frames: number): void;
  release(): void;
  /** Puts something else in the place of a frame; the first of an answer has number one. */
  bend(change: FrameChange): void;
  /** Lets everything through as it comes, and forgets what was. */
  reset(): void;
  /** Resolves when the service has made this many calls. */
  called(count: number): Promise<void>;
  close(): Promise<void>;
};

/** More than one piece is sent in as many writes. */
type FrameChange = (frame: string, number: number) => string | readonly string[];

const unchanged: FrameChange = (frame) => frame;
const FRAME_END = '\n\n';

export async function startModelWire(endpointUrl: string): Promise<ModelWire> {
  const calls: ModelCall[] = [];
  const passed: string[] = [];
  let held = Number.POSITIVE_INFINITY;
  let change = unchanged;
  let opened = Promise.withResolvers<void>();
  let onCall = Promise.withResolvers<void>();

  async function pass(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    let number = 0;
    for await (const frame of readFrames(answer)) {
      while (number >= held) await opened.promise;
      if (number === 0) response.writeHead(answer.statusCode ?? 0, answer.headers);
      number += 1;
      for (const piece of [change(frame, number)].flat()) await write(response, piece);
      passed.push(frame);
    }
    response.end();
  }

  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    const abandoned = Promise.withResolvers<void>();
    calls.push({
      headers: request.headers,
      body,
      atMs: performance.now(),
      abandoned: abandoned.promise,
    });
    const { method, headers, url } = request;
    const { origin } = new URL(endpointUrl);
    const onward = send(`${origin}${url}`, { method, headers, agent: false });
    response.on('close', () => {
      if (!response.writableFinished) abandoned.resolve();
      onward.destroy();
    });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => void pass(answer, response).catch(() => response.destroy()));
    onward.end(body);
    onCall.resolve();
    onCall = Promise.withResolvers();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function release(): void {
    held = Number.POSITIVE_INFINITY;
    opened.resolve();
    opened = Promise.withResolvers();
  }

  return {
    baseUrl: `http://127.0.0.1:${portOf(server)}/v1`,
    calls,
    passed,
    holdAfter(frames) {
      held = frames;
    },
    release,
    bend(wanted) {
      change = wanted;
    },
    reset() {
      release();
      change = unchanged;
      calls.splice(0);
      passed.splice(0);
    },
    async called(count) {
      while (calls.length < count) await onCall.promise;
    },
    async close() {
      release();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The frames of an event stream; anything else is one. */
export async function* readFrames(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const part of answer.setEncoding('utf8')) {
    rest += String(part);
    for (let end = rest.indexOf(FRAME_END); end >= 0; end = rest.indexOf(FRAME_END)) {
      yield rest.slice(0, end + FRAME_END.length);
      rest = rest.slice(end + FRAME_END.length);
    }
  }
  if (rest !== '') yield rest;
}

export function write(response: ServerResponse, piece: string): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

export async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += String(part);
  return text;
}
