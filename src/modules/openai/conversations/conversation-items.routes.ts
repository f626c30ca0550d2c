import type { App } from '#platform/http/app';
import { presentItem } from '../items/present-item.ts';
import { identifyItems } from '../items/stored-item.ts';
import { presentCursorPage, sliceRequest } from '../wire/cursor-page.schemas.ts';
import {
  ConversationItemFilter,
  ConversationItemListResponse,
  ConversationItemParams,
  ConversationItemResponse,
  ConversationItemsCreate,
  ConversationParams,
  ConversationResponse,
  presentConversation,
} from './conversations.schemas.ts';
import type { ConversationService } from './conversations.service.ts';

const tags = ['openai'];
const config = { access: 'user' } as const;

const addItems = {
  schema: {
    operationId: 'addOpenAiConversationItems',
    summary: 'Add items to a conversation of your own',
    description: 'One whose id is there already is not added again.',
    tags,
    params: ConversationParams,
    body: ConversationItemsCreate,
    response: { 200: ConversationItemListResponse },
  },
  config: { ...config, isIdempotent: true },
};
const listItems = {
  schema: {
    operationId: 'listOpenAiConversationItems',
    summary: 'List what was said in a conversation of your own',
    tags,
    params: ConversationParams,
    querystring: ConversationItemFilter,
    response: { 200: ConversationItemListResponse },
  },
  config,
};
const readItem = {
  schema: {
    operationId: 'getOpenAiConversationItem',
    summary: 'Read an item of a conversation of your own',
    tags,
    params: ConversationItemParams,
    response: { 200: ConversationItemResponse },
  },
  config,
};
const deleteItem = {
  schema: {
    operationId: 'deleteOpenAiConversationItem',
    summary: 'Take an item out of a conversation of your own',
    tags,
    params: ConversationItemParams,
    response: { 200: ConversationResponse },
  },
  config,
};

export function registerConversationItemRoutes(
  app: App,
  { conversations }: { conversations: ConversationService },
): void {
  app.post('/conversations/:conversation_id/items', addItems, async (request) => {
    const { conversation_id: id } = request.params;
    const items = identifyItems(request.body.items);
    await conversations.addItems(request.actor, { id, items });
    return presentCursorPage(items, { limit: items.length, order: 'asc' }, presentItem);
  });

  app.get('/conversations/:conversation_id/items', listItems, async (request) => {
    const { conversation_id: id } = request.params;
    const slice = { id, ...sliceRequest(request.query) };
    const items = await conversations.listItems(request.actor, slice);
    return presentCursorPage(items, request.query, presentItem);
  });

  app.get('/conversations/:conversation_id/items/:item_id', readItem, async (request) => {
    const { conversation_id: id, item_id: itemId } = request.params;
    return presentItem(await conversations.getItem(request.actor, { id, itemId }));
  });

  app.delete('/conversations/:conversation_id/items/:item_id', deleteItem, async (request) => {
    const { conversation_id: id, item_id: itemId } = request.params;
    return presentConversation(await conversations.removeItem(request.actor, { id, itemId }));
  });
}
