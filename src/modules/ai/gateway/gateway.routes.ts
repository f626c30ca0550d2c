import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '#platform/errors/app-error';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import {
  CompletionRequest,
  CompletionResponse,
  GatewayChatRequest,
  GatewayChatResponse,
  presentChatAnswer,
  presentCompletion,
  readChatRequest,
  readCompletionRequest,
} from './gateway.schemas.ts';
import type { AskInput, GatewayService } from './gateway.service.ts';
import { sendAnswer } from './send-answer.ts';

const tags = ['ai'];
const STREAMING =
  'With `stream` it answers `text/event-stream`, and takes no `Idempotency-Key`: a stream cannot be given twice.';
const config = { access: 'user', rateLimit: 'chat', isIdempotent: true } as const;

const chatWithModel = {
  schema: {
    operationId: 'chatWithModel',
    summary: 'Ask a model by itself, with a conversation, tools and images of your own',
    description: STREAMING,
    tags,
    body: GatewayChatRequest,
    response: { 200: GatewayChatResponse },
  },
  config,
};
const completeText = {
  schema: {
    operationId: 'completeText',
    summary: 'Ask a model by itself for what follows a prompt',
    description: STREAMING,
    tags,
    body: CompletionRequest,
    response: { 200: CompletionResponse },
  },
  config,
};

export function registerGatewayRoutes(app: App, { gateway }: { gateway: GatewayService }): void {
  async function stream(input: AskInput, request: FastifyRequest, reply: FastifyReply) {
    if (request.headers['idempotency-key'] !== undefined) throw cannotRepeat();
    await sendAnswer(await gateway.stream(request.actor, input), request, reply);
  }

  app.post('/ai/chat', chatWithModel, async (request, reply) => {
    const input = readChatRequest(request.body);
    if (request.body.stream) return stream(input, request, reply);
    return presentChatAnswer(await gateway.ask(request.actor, input, callerSignal(reply)));
  });

  app.post('/ai/completions', completeText, async (request, reply) => {
    const input = readCompletionRequest(request.body);
    if (request.body.stream) return stream(input, request, reply);
    return presentCompletion(await gateway.ask(request.actor, input, callerSignal(reply)));
  });
}

function cannotRepeat() {
  const message = 'A stream cannot be given twice: ask without it, or without stream';
  return invalid([{ field: 'Idempotency-Key', message }]);
}
