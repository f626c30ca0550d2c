import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerSignal } from '#platform/http/caller-signal';
import type { App } from '#platform/http/app';
import { openEventStream, type StreamForm } from '#platform/http/event-stream';
import { OpenAiErrorResponse } from '../errors/errors.schemas.ts';
import { beginResponse } from './begin-response.ts';
import { presentItemPage } from './present-input-page.ts';
import {
  readConversation,
  readInput,
  readRequest,
  readSearchedProject,
} from './read-response-request.ts';
import { ResponseRequest, type ResponseBody } from './response-request.schemas.ts';
import {
  OpenAiResponse,
  OpenAiResponseDeleted,
  OpenAiResponseItemList,
  OpenAiResponseParams,
  ResponseItemFilter,
} from './response.schemas.ts';
import type { CreateResponseInput, OpenedResponse, ResponseService } from './responses.service.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const createResponse = {
  schema: {
    operationId: 'createOpenAiResponse',
    summary: 'Ask a model, or a project, and keep the answer for what follows',
    description: 'With `stream` it answers `text/event-stream`.',
    tags,
    body: ResponseRequest,
    response: { 200: OpenAiResponse, default: OpenAiErrorResponse },
  },
  config: { access: 'user', rateLimit: 'chat' },
} as const;
const readResponse = {
  schema: {
    operationId: 'getOpenAiResponse',
    summary: 'Read a response of your own',
    tags,
    params: OpenAiResponseParams,
    response: { 200: OpenAiResponse, default: OpenAiErrorResponse },
  },
  config,
};
const deleteResponse = {
  schema: {
    operationId: 'deleteOpenAiResponse',
    summary: 'Delete a response of your own',
    tags,
    params: OpenAiResponseParams,
    response: { 200: OpenAiResponseDeleted, default: OpenAiErrorResponse },
  },
  config,
};
const listInputItems = {
  schema: {
    operationId: 'listOpenAiResponseItems',
    summary: 'List what a response was asked with',
    tags,
    params: OpenAiResponseParams,
    querystring: ResponseItemFilter,
    response: { 200: OpenAiResponseItemList, default: OpenAiErrorResponse },
  },
  config,
};

export function registerResponseRoutes(
  app: App,
  { responses }: { responses: ResponseService },
): void {
  app.post('/responses', createResponse, async (request, reply) => {
    const { actor, body } = request;
    const opened = await responses.open(actor, readCreation(body), callerSignal(reply));
    return body.stream ? sendEvents(opened, request, reply) : collect(opened);
  });

  app.get('/responses/:response_id', readResponse, async (request) => {
    const { response_id: id } = request.params;
    return (await responses.get(request.actor, { id })).body;
  });

  app.delete('/responses/:response_id', deleteResponse, async (request) => {
    const { response_id: id } = request.params;
    await responses.remove(request.actor, { id });
    return { id: `resp_${id}`, object: 'response' as const, deleted: true as const };
  });

  app.get('/responses/:response_id/input_items', listInputItems, async (request) => {
    const { input } = await responses.get(request.actor, { id: request.params.response_id });
    return presentItemPage(input, request.query);
  });
}

function readCreation(body: ResponseBody): CreateResponseInput {
  return {
    model: body.model,
    request: readRequest(body),
    input: readInput(body),
    instructions: body.instructions ?? undefined,
    previousId: body.previous_response_id ?? undefined,
    conversationId: readConversation(body),
    projectId: readSearchedProject(body),
    isStored: body.store ?? true,
    begin: (head) => beginResponse(head, body),
  };
}

async function collect({ events, response }: OpenedResponse) {
  for await (const _ of events);
  return response();
}

/** No faster than the reader reads. */
async function sendEvents(
  opened: OpenedResponse,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const stream = openEventStream(request, reply, streamForm(opened));
  try {
    for await (const event of opened.events) {
      stream.send({ name: event.type, data: event });
      await stream.ready();
      if (stream.closed.aborted) return;
    }
    stream.end();
  } catch (error) {
    if (!stream.closed.aborted) stream.fail(error);
  }
}

function streamForm({ fail }: OpenedResponse): StreamForm {
  return {
    describeFailure: ({ kind, detail: message }) => {
      const isLimited = kind === 'rate_limited' || kind === 'quota_exceeded';
      const data = fail({ code: isLimited ? 'rate_limit_exceeded' : 'server_error', message });
      return { name: data.type, data };
    },
    hasDone: false,
  };
}
