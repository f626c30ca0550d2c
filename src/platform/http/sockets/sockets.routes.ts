import websocket, { type WebsocketHandler } from '@fastify/websocket';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { assertMayCall } from '../assert-may-call.ts';
import { credentialsOf } from '../authenticate.hook.ts';
import type { Authenticate } from '../authenticator.ts';
import { HttpError } from '../http-error.ts';
import { instanceOf } from '../problem.ts';
import type { RateLimits } from '../rate-limit.hook.ts';
import type { App } from '../route-contract.ts';
import { serveSocket } from './serve-socket.ts';
import { createSocketCaller } from './socket-caller.ts';
import type { SocketLimits } from './socket-limits.ts';
import { SOCKET_PATH } from './socket-path.ts';
import type { SocketTopic } from './socket-topic.ts';

export type SocketOptions = {
  readonly topics: readonly SocketTopic[];
  readonly authenticate: Authenticate;
  readonly rateLimits: RateLimits;
  readonly cookieName: string;
  readonly limits: SocketLimits;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'websocketConnections' | 'websocketMessagesTotal'>;
};

/** The one WebSocket address; what can be followed over it are the topics. */
export function registerSockets(app: App, options: SocketOptions): void {
  const { maxMessageBytes: maxPayload } = options.limits;
  // In a scope of its own, so that no other route pays for what the plugin adds to its own.
  app.register(async (scope) => {
    await scope.register(websocket, { options: { maxPayload } });
    // The server has let go of the connection; nobody else would close it after a refusal.
    scope.addHook('onResponse', async ({ raw }) => {
      if (raw.headers.upgrade !== undefined) raw.socket.destroySoon();
    });
    scope.route({
      method: 'GET',
      url: SOCKET_PATH,
      schema: { hide: true },
      config: { access: 'optional', isSocket: true },
      handler: () => {
        throw new HttpError('bad_request', 'This address takes WebSockets: ask for an upgrade');
      },
      wsHandler: createSocketHandler(app, options),
    });
  });
}

function createSocketHandler(app: App, options: SocketOptions): WebsocketHandler {
  const { authenticate, rateLimits, cookieName, ...rest } = options;
  const topics = new Map(options.topics.map((topic) => [topic.name, topic]));

  return (socket, request) => {
    const { caller: actor, exchange } = request;
    const handshake = actor && { actor, credentials: credentialsOf(request, cookieName) };
    serveSocket(socket, {
      ...rest,
      topics,
      caller: createSocketCaller(authenticate, handshake),
      assertMayCall: (signedIn) => assertMayCall(request, signedIn),
      countFailure: () => rateLimits.countFailure(request),
      open: app.openSockets,
      at: { instance: instanceOf(request.raw.url), traceId: exchange?.context.traceId ?? '' },
    });
  };
}
