import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#platform/clock/clock';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { openEventStream, type StreamForm } from '#platform/http/event-stream';
import { OpenAiErrorResponse } from '../errors/errors.schemas.ts';
import { presentOpenAiError } from '../errors/present-error.ts';
import { ChatCompletionRequest, ChatCompletionResponse } from './chat-completions.schemas.ts';
import type { ChatCompletionService, OpenedCompletion } from './chat-completions.service.ts';
import { collectCompletion } from './collect-completion.ts';
import { createChunkWriter } from './completion-chunks.ts';
import { presentCompletion, type CompletionHead } from './present-completion.ts';
import { readCompletion } from './read-completion.ts';

const createChatCompletion = {
  schema: {
    operationId: 'createChatCompletion',
    summary: 'Ask a model, or a project, as with OpenAI',
    description: 'With `stream` it answers `text/event-stream`.',
    tags: ['openai'],
    body: ChatCompletionRequest,
    response: { 200: ChatCompletionResponse, default: OpenAiErrorResponse },
  },
  config: { access: 'user', rateLimit: 'chat' },
} as const;

const STREAM_FORM: StreamForm = {
  describeFailure: (fault, problem) => ({ data: presentOpenAiError(fault, problem).body }),
  hasDone: true,
};
const MS_PER_SECOND = 1000;

export function registerChatCompletionRoutes(
  app: App,
  { completions, clock }: { completions: ChatCompletionService; clock: Clock },
): void {
  app.post('/chat/completions', createChatCompletion, async (request, reply) => {
    const { body } = request;
    const signal = callerSignal(reply);
    const opened = await completions.open(request.actor, readCompletion(body), signal);
    const head = {
      id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
      created: Math.floor(clock.now().getTime() / MS_PER_SECOND),
      model: opened.model,
    };
    if (!body.stream) return presentCompletion(head, await collectCompletion(opened));
    const isUsageIncluded = body.stream_options?.include_usage === true;
    return sendChunks({ opened, head, isUsageIncluded }, request, reply);
  });
}

type Answer = {
  readonly opened: OpenedCompletion;
  readonly head: CompletionHead;
  readonly isUsageIncluded: boolean;
};

/** No faster than the reader reads. */
async function sendChunks(
  { opened, head, isUsageIncluded }: Answer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const stream = openEventStream(request, reply, STREAM_FORM);
  const write = createChunkWriter(head, { isUsageIncluded });
  try {
    for await (const event of opened.events) {
      for (const chunk of write(event)) stream.send({ data: chunk });
      await stream.ready();
      if (stream.closed.aborted) return;
    }
    stream.end();
  } catch (error) {
    if (!stream.closed.aborted) stream.fail(error);
  }
}
