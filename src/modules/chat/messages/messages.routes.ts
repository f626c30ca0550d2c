import { z } from 'zod';
import type { App } from '#platform/http/app';
import { pageRequest, sortOf } from '#platform/http/schema-parts';
import {
  MessageFilter,
  MessageListResponse,
  MessageParams,
  presentMessages,
} from './messages.schemas.ts';
import type { MessageService } from './messages.service.ts';

const tags = ['chat'];
const config = { access: 'user' } as const;

const listMessages = {
  schema: {
    operationId: 'listChatMessages',
    summary: 'List the messages of a session, oldest first',
    tags,
    params: MessageParams,
    querystring: MessageFilter,
    response: { 200: MessageListResponse },
  },
  config,
};
const deleteMessages = {
  schema: {
    operationId: 'deleteChatMessages',
    summary: 'Delete all messages of a session, and what the agent remembers of them',
    tags,
    params: MessageParams,
    response: { 204: z.void() },
  },
  config,
};

export function registerMessageRoutes(app: App, { messages }: { messages: MessageService }): void {
  app.get('/chat/sessions/:id/messages', listMessages, async (request) => {
    const { direction } = sortOf(request.query);
    const listing = { ...pageRequest(request.query), direction, after: request.query.cursor };
    return presentMessages(
      await messages.list(request.actor, { sessionId: request.params.id, ...listing }),
    );
  });

  app.delete('/chat/sessions/:id/messages', deleteMessages, async (request, reply) => {
    await messages.clear(request.actor, { sessionId: request.params.id });
    return reply.code(204).send();
  });
}
