import type { WebSocket } from 'ws';
import { AppError, isAppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import { faultOf, presentProblem } from '../problem.ts';
import { createMessageGate } from './message-gate.ts';
import type { OpenSockets } from './open-sockets.ts';
import { readMessage } from './read-message.ts';
import type { SocketCaller } from './socket-caller.ts';
import { CLOSE_CODES, type SocketLimits } from './socket-limits.ts';
import type { ClientMessage, ServerMessage } from './socket-messages.ts';
import { createSubscriptions, type Outlet } from './socket-subscriptions.ts';
import type { SocketTopic } from './socket-topic.ts';

export type SocketService = {
  readonly caller: SocketCaller;
  /** Whether somebody who signed in by a message may be here at all. @throws FORBIDDEN */
  readonly assertMayCall: (actor: Actor) => void;
  /** Counts a failed sign-in against the address. @throws RATE_LIMITED */
  readonly countFailure: () => Promise<void>;
  readonly topics: ReadonlyMap<string, SocketTopic>;
  readonly open: OpenSockets;
  readonly limits: SocketLimits;
  readonly at: { readonly instance: string; readonly traceId: string };
  readonly logger: Pick<Logger, 'error'>;
  readonly metrics: Pick<Metrics, 'websocketConnections' | 'websocketMessagesTotal'>;
};

/** Serves one WebSocket until it closes. */
export function serveSocket(socket: WebSocket, service: SocketService): void {
  const { caller, limits, open, metrics } = service;
  const outlet = createOutlet(socket, service);
  const subscriptions = createSubscriptions(service.topics, { outlet, ...limits });
  const gate = createMessageGate({
    perSecond: limits.messagesPerSecond,
    source: socket,
    onExceeded: () => outlet.tellFailure(tooFast(limits)),
  });
  const close = (code: number, reason: string) => socket.close(code, reason);
  let leave: (() => void) | undefined;
  let taking = Promise.resolve();

  function welcome({ userId, teamId }: Actor): void {
    leave ??= open.enter(userId);
    if (!leave) return close(CLOSE_CODES.violation, 'too_many_sockets');
    outlet.tell({ type: 'ready', user_id: userId, team_id: teamId });
  }

  function end(error: AppError): void {
    outlet.tellFailure(error);
    const isForbidden = error.kind === 'forbidden';
    close(isForbidden ? CLOSE_CODES.forbidden : CLOSE_CODES.unauthenticated, error.kind);
  }

  async function signIn(message: Extract<ClientMessage, { type: 'auth' }>): Promise<void> {
    const { token: bearer, team_id: teamId } = message;
    try {
      const actor = await caller.signIn({ bearer, teamId, apiKey: undefined, cookie: undefined });
      service.assertMayCall(actor);
      welcome(actor);
    } catch (error) {
      if (!isAppError(error) || error.kind === 'conflict') throw error;
      // Closed also where the failures are over their limit: one socket is one guess.
      end(error);
      if (error.kind === 'unauthenticated') await service.countFailure();
    }
  }

  async function act(message: ClientMessage): Promise<void> {
    if (message.type === 'auth') return signIn(message);
    const actor = caller.get();
    if (message.type === 'ping') return outlet.tell({ type: 'pong' });
    const { subscription: name } = message;
    if (message.type === 'unsubscribe') return subscriptions.unsubscribe(name);
    const { type: _type, subscription: _name, topic, ...parameters } = message;
    void subscriptions.subscribe(actor, { name, topic, parameters });
  }

  async function take(text: string): Promise<void> {
    let type = 'unreadable';
    try {
      const message = readMessage(text);
      type = message.type;
      await act(message);
    } catch (error) {
      if (isAppError(error, 'unauthenticated')) end(error);
      else outlet.tellFailure(error);
    } finally {
      metrics.websocketMessagesTotal.inc({ direction: 'in', type });
    }
  }

  socket.on('message', (data, isBinary) => {
    if (isBinary) return close(CLOSE_CODES.violation, 'not_text');
    if (!gate.admits()) return;
    if (socket.bufferedAmount > limits.maxUnsentBytes)
      return close(CLOSE_CODES.overloaded, 'unread');
    const text = data.toString();
    taking = taking.then(() => take(text));
  });

  const stopTimers = keepWatch(socket, { service, end });
  const opened = { close };
  open.add(opened);
  metrics.websocketConnections.inc();
  socket.once('close', () => {
    metrics.websocketConnections.dec();
    open.remove(opened);
    leave?.();
    stopTimers();
    gate.close();
    subscriptions.closeAll();
  });
  const actor = caller.find();
  if (actor) welcome(actor);
}

/** Drops a peer that is dead, one that never says who it is, and one who may no longer be there. */
function keepWatch(
  socket: WebSocket,
  { service, end }: { readonly service: SocketService; readonly end: (error: AppError) => void },
): () => void {
  const { caller, limits } = service;
  let isAlive = true;
  socket.on('pong', () => {
    isAlive = true;
  });
  const ping = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, limits.pingMs);
  const sign = setTimeout(() => {
    if (!caller.find()) end(new AppError('unauthenticated', 'Invalid credentials'));
  }, limits.authMs);
  const revalidate = setInterval(async () => {
    const reason = await caller.findEnd();
    if (reason) end(reason);
  }, limits.revalidateMs);
  return () => {
    clearInterval(ping);
    clearTimeout(sign);
    clearInterval(revalidate);
  };
}

function createOutlet(socket: WebSocket, { at, logger, metrics }: SocketService): Outlet {
  function tell(message: ServerMessage): void {
    metrics.websocketMessagesTotal.inc({ direction: 'out', type: message.type });
    socket.send(JSON.stringify(message));
  }
  return {
    tell,
    sendText(text) {
      metrics.websocketMessagesTotal.inc({ direction: 'out', type: 'event' });
      return new Promise((resolve) => socket.send(text, () => resolve()));
    },
    tellFailure(error, subscription) {
      const fault = faultOf(error);
      if (fault.kind === 'internal') logger.error({ err: error }, 'a socket message failed');
      const problem = presentProblem(fault, at);
      tell({ ...problem, type: 'error', ...(subscription !== undefined && { subscription }) });
    },
  };
}

function tooFast({ messagesPerSecond }: SocketLimits): AppError {
  return new AppError('rate_limited', `${messagesPerSecond}/second limit reached`, {
    retryAfterSeconds: 1,
  });
}
