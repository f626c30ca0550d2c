import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { vi } from 'vitest';

export type SocketMessage = Readonly<Record<string, unknown>> & { readonly type: string };

export type SocketClient = {
  readonly socket: WebSocket;
  readonly messages: SocketMessage[];
  send(message: object | string): void;
  /** The first message that has arrived, or arrives, with these members. */
  receive(members: object): Promise<SocketMessage>;
  /** Code and reason of the close. */
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
};

const SOON = { timeout: 10_000, interval: 5 };

/** Opens a WebSocket of the API. Rejects with the status of a refused handshake. */
export async function openSocket(baseUrl: string, options: ClientOptions = {}) {
  const url = `${baseUrl.replace(/^http/, 'ws')}/api/v1/ws`;
  const socket = new WebSocket(url, options);
  const client = readSocket(socket);
  const refused = new Promise<never>((_resolve, reject) => {
    socket.once('unexpected-response', (_request, { statusCode }) =>
      reject(new Error(`refused with ${statusCode}`)),
    );
  });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'open'), refused]);
  return client;
}

function readSocket(socket: WebSocket): SocketClient {
  const messages: SocketMessage[] = [];
  const closing = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  return {
    socket,
    messages,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    receive: (members) =>
      vi.waitFor(() => {
        const found = messages.find((message) => hasMembers(message, members));
        if (!found) {
          throw new Error(`No ${JSON.stringify(members)} among ${JSON.stringify(messages)}`);
        }
        return found;
      }, SOON),
    closed: () => closing,
  };
}

function hasMembers(message: SocketMessage, members: object): boolean {
  return Object.entries(members).every(([name, value]) => message[name] === value);
}
