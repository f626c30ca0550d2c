import { z } from 'zod';
import type { App } from '#platform/http/app';
import {
  ItemDelete,
  ItemListResponse,
  ItemPut,
  ItemQuery,
  ItemResponse,
  ItemSearchRequest,
  NamespaceListResponse,
  NamespaceSearchRequest,
  presentItem,
} from './store.schemas.ts';
import type { StoreService } from './store.service.ts';

const tags = ['langgraph'];
const config = { access: 'user' } as const;
const reading = { access: 'user', keyScope: 'read' } as const;
const nothing = { 204: z.void() };

const putItem = {
  schema: {
    operationId: 'putLangGraphItem',
    summary: 'Keep an item in place of the one of its key',
    tags,
    body: ItemPut,
    response: nothing,
  },
  config,
};
const getItem = {
  schema: {
    operationId: 'getLangGraphItem',
    summary: 'Read an item; without one, the answer is empty',
    tags,
    querystring: ItemQuery,
    response: { 200: ItemResponse, ...nothing },
  },
  config,
};
const deleteItem = {
  schema: {
    operationId: 'deleteLangGraphItem',
    summary: 'Delete an item',
    tags,
    body: ItemDelete,
    response: nothing,
  },
  config,
};
const searchItems = {
  schema: {
    operationId: 'searchLangGraphItems',
    summary: 'List your items under a namespace, the latest change first',
    tags,
    body: ItemSearchRequest,
    response: { 200: ItemListResponse },
  },
  config: reading,
};
const listNamespaces = {
  schema: {
    operationId: 'listLangGraphNamespaces',
    summary: 'List the namespaces of your items',
    tags,
    body: NamespaceSearchRequest,
    response: { 200: NamespaceListResponse },
  },
  config: reading,
};

export function registerStoreRoutes(app: App, { store }: { store: StoreService }): void {
  app.put('/store/items', putItem, async (request, reply) => {
    const { namespace, key, value } = request.body;
    await store.put(request.actor, { namespace, key, value });
    return reply.code(204).send();
  });

  app.get('/store/items', getItem, async (request, reply) => {
    const { namespace, key } = request.query;
    const item = await store.find(request.actor, { namespace, key });
    return item ? reply.code(200).send(presentItem(item)) : reply.code(204).send();
  });

  app.delete('/store/items', deleteItem, async (request, reply) => {
    await store.remove(request.actor, request.body);
    return reply.code(204).send();
  });

  app.post('/store/items/search', searchItems, async (request) => {
    const { namespace_prefix: prefix, filter, limit, offset } = request.body;
    const search = { prefix, filter: filter ?? {}, limit, offset };
    const items = await store.search(request.actor, search);
    return { items: items.map((item) => presentItem(item)) };
  });

  app.post('/store/namespaces', listNamespaces, async (request) => {
    const { prefix, suffix, max_depth, limit, offset } = request.body;
    const found = await store.listNamespaces(request.actor, {
      prefix: prefix ?? [],
      suffix: suffix ?? [],
      maxDepth: max_depth ?? undefined,
      limit,
      offset,
    });
    return { namespaces: found.map((names) => [...names]) };
  });
}
