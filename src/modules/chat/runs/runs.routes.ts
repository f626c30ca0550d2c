import { z } from 'zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '#platform/http/app';
import { openEventStream } from '#platform/http/event-stream';
import { callerSignal } from '#platform/http/caller-signal';
import type { RunReader, RunStreams } from './run-streams.service.ts';
import {
  CancelParams,
  ChatRequest,
  ChatResponse,
  EventStreamResponse,
  presentAnswer,
  presentRun,
  readChatRequest,
  RunResponse,
  StreamHeaders,
  StreamParams,
} from './runs.schemas.ts';
import type { RunService } from './runs.service.ts';

const tags = ['chat'];
const produces = ['text/event-stream'];

const chat = {
  schema: {
    operationId: 'chat',
    summary: 'Ask, and get the whole answer at once',
    tags,
    body: ChatRequest,
    response: { 200: ChatResponse },
  },
  config: { access: 'user', rateLimit: 'chat', isIdempotent: true },
} as const;
const streamChat = {
  schema: {
    operationId: 'streamChat',
    summary: 'Ask, and get the answer as a stream of events',
    tags,
    produces,
    body: ChatRequest,
    response: { 200: EventStreamResponse },
  },
  config: { access: 'user', rateLimit: 'chat-stream' },
} as const;
const resumeStream = {
  schema: {
    operationId: 'resumeChatStream',
    summary: 'Read the stream of an own run again, from the event after Last-Event-ID',
    tags,
    produces,
    params: StreamParams,
    headers: StreamHeaders,
    response: { 200: EventStreamResponse },
  },
  config: { access: 'user' },
} as const;
const getRun = {
  schema: {
    operationId: 'getChatRun',
    summary: 'Read how an own run stands',
    tags,
    params: StreamParams,
    response: { 200: RunResponse },
  },
  config: { access: 'user' },
} as const;
const cancelRun = {
  schema: {
    operationId: 'cancelChatRun',
    summary: 'Stop an own run, also one that waits for its turn',
    tags,
    params: StreamParams,
    response: { 204: z.void() },
  },
  config: { access: 'user' },
} as const;
const cancelChat = {
  schema: {
    operationId: 'cancelChat',
    summary: 'Stop the answer that a session is giving, and those that wait for it',
    tags,
    params: CancelParams,
    response: { 204: z.void() },
  },
  config: { access: 'user' },
} as const;

export function registerRunRoutes(
  app: App,
  { runs, streams }: { runs: RunService; streams: RunStreams },
): void {
  app.post('/chat', chat, async (request, reply) => {
    const input = readChatRequest(request.body);
    return presentAnswer(await runs.ask(request.actor, input, callerSignal(reply)));
  });

  app.post('/chat/stream', streamChat, async (request, reply) => {
    const read = await runs.stream(request.actor, readChatRequest(request.body));
    await sendEvents(read, request, reply);
  });

  app.get('/chat/streams/:run_id', resumeStream, async (request, reply) => {
    const afterEventId = Number(request.headers['last-event-id'] ?? 0);
    const input = { runId: request.params.run_id, afterEventId };
    await sendEvents(await streams.follow(request.actor, input), request, reply);
  });

  app.get('/chat/runs/:run_id', getRun, async (request) =>
    presentRun(await runs.get(request.actor, { id: request.params.run_id })),
  );

  app.post('/chat/runs/:run_id/cancel', cancelRun, async (request, reply) => {
    await runs.cancelRun(request.actor, { id: request.params.run_id });
    return reply.code(204).send();
  });

  app.post('/chat/sessions/:id/cancel', cancelChat, async (request, reply) => {
    await runs.cancel(request.actor, { sessionId: request.params.id });
    return reply.code(204).send();
  });
}

/** A reader that is slower than the model leaves events in the log, not in the socket. */
async function sendEvents(
  read: RunReader,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const stream = openEventStream(request, reply);
  try {
    for await (const { firstEventId, events } of read(stream.closed)) {
      for (const [index, json] of events.entries()) stream.send({ id: firstEventId + index, json });
      await stream.ready();
    }
    stream.end();
  } catch (error) {
    stream.fail(error);
  }
}
