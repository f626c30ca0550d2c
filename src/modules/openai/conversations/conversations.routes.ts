import type { App } from '#platform/http/app';
import { identifyItems } from '../items/stored-item.ts';
import {
  ConversationCreate,
  ConversationDeletedResponse,
  ConversationParams,
  ConversationResponse,
  ConversationUpdate,
  presentConversation,
} from './conversations.schemas.ts';
import type { ConversationService } from './conversations.service.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const createConversation = {
  schema: {
    operationId: 'createOpenAiConversation',
    summary: 'Begin a conversation that responses can be a part of',
    tags,
    body: ConversationCreate,
    response: { 200: ConversationResponse },
  },
  config: { ...config, isIdempotent: true },
};
const readConversation = {
  schema: {
    operationId: 'getOpenAiConversation',
    summary: 'Read a conversation of your own',
    tags,
    params: ConversationParams,
    response: { 200: ConversationResponse },
  },
  config,
};
const updateConversation = {
  schema: {
    operationId: 'updateOpenAiConversation',
    summary: 'Replace the metadata of a conversation of your own',
    tags,
    params: ConversationParams,
    body: ConversationUpdate,
    response: { 200: ConversationResponse },
  },
  config,
};
const deleteConversation = {
  schema: {
    operationId: 'deleteOpenAiConversation',
    summary: 'Delete a conversation of your own with its items; responses stay',
    tags,
    params: ConversationParams,
    response: { 200: ConversationDeletedResponse },
  },
  config,
};

export function registerConversationRoutes(
  app: App,
  { conversations }: { conversations: ConversationService },
): void {
  app.post('/conversations', createConversation, async (request) => {
    const { items, metadata } = request.body;
    const asked = { items: identifyItems(items ?? []), metadata: metadata ?? {} };
    return presentConversation(await conversations.create(request.actor, asked));
  });

  app.get('/conversations/:conversation_id', readConversation, async (request) => {
    const { conversation_id: id } = request.params;
    return presentConversation(await conversations.get(request.actor, { id }));
  });

  app.post('/conversations/:conversation_id', updateConversation, async (request) => {
    const changes = { id: request.params.conversation_id, metadata: request.body.metadata ?? {} };
    return presentConversation(await conversations.setMetadata(request.actor, changes));
  });

  app.delete('/conversations/:conversation_id', deleteConversation, async (request) => {
    const { conversation_id: id } = request.params;
    await conversations.remove(request.actor, { id });
    return { id: `conv_${id}`, object: 'conversation.deleted' as const, deleted: true as const };
  });
}
