import type { z } from 'zod';
import type { DirectoryOrder } from '#modules/agents';
import type { App } from '#platform/http/app';
import { CountResponse } from '../threads/threads.schemas.ts';
import {
  AssistantCount,
  AssistantListResponse,
  AssistantParams,
  AssistantResponse,
  AssistantSearch,
  GraphQuery,
  GraphResponse,
  GraphSchemasResponse,
  presentAssistant,
  SubgraphParams,
  SubgraphsResponse,
  VersionsRequest,
} from './assistants.schemas.ts';
import type { AssistantService } from './assistants.service.ts';
import { describeGraph, drawGraph } from './graph-views.ts';

const tags = ['langgraph'];
const config = { access: 'user' } as const;
const reading = { access: 'user', keyScope: 'read' } as const;

const searchAssistants = {
  schema: {
    operationId: 'searchLangGraphAssistants',
    summary: 'List who can be asked: projects and agents of the active team',
    tags,
    body: AssistantSearch,
    response: { 200: AssistantListResponse },
  },
  config: reading,
};
const countAssistants = {
  schema: {
    operationId: 'countLangGraphAssistants',
    summary: 'Count who can be asked',
    tags,
    body: AssistantCount,
    response: { 200: CountResponse },
  },
  config: reading,
};
const getAssistant = {
  schema: {
    operationId: 'getLangGraphAssistant',
    summary: 'Read an assistant: a project, an agent, or `agent`',
    tags,
    params: AssistantParams,
    response: { 200: AssistantResponse },
  },
  config,
};
const getGraph = {
  schema: {
    operationId: 'getLangGraphGraph',
    summary: 'Read the graph of an assistant',
    tags,
    params: AssistantParams,
    querystring: GraphQuery,
    response: { 200: GraphResponse },
  },
  config,
};
const getSchemas = {
  schema: {
    operationId: 'getLangGraphSchemas',
    summary: 'Read the shapes of what an assistant takes and gives',
    tags,
    params: AssistantParams,
    response: { 200: GraphSchemasResponse },
  },
  config,
};
const listSubgraphs = {
  schema: {
    operationId: 'listLangGraphSubgraphs',
    summary: 'List the graphs below that of an assistant: there are none',
    tags,
    params: AssistantParams,
    querystring: GraphQuery,
    response: { 200: SubgraphsResponse },
  },
  config,
};
const getSubgraph = {
  schema: {
    operationId: 'getLangGraphSubgraph',
    summary: 'Read a graph below that of an assistant: there are none',
    tags,
    params: SubgraphParams,
    querystring: GraphQuery,
    response: { 200: SubgraphsResponse },
  },
  config,
};
const listVersions = {
  schema: {
    operationId: 'listLangGraphAssistantVersions',
    summary: 'List the versions of an assistant that can be asked: the newest',
    tags,
    params: AssistantParams,
    body: VersionsRequest,
    response: { 200: AssistantListResponse },
  },
  config: reading,
};
const COLUMNS = {
  assistant_id: 'id',
  graph_id: 'id',
  name: 'name',
  created_at: 'created_at',
  updated_at: 'updated_at',
} as const satisfies Record<string, DirectoryOrder['column']>;

export function registerAssistantRoutes(app: App, services: Services): void {
  registerReads(app, services);
  registerGraphReads(app, services);
}

type Services = { readonly assistants: AssistantService };

function registerReads(app: App, { assistants }: Services): void {
  app.post('/assistants/search', searchAssistants, async (request) => {
    const { limit, offset, sort_by, sort_order } = request.body;
    const column = COLUMNS[sort_by ?? 'created_at'];
    const order = { column, direction: sort_order ?? 'desc' };
    const listing = { ...readFilter(request.body), order, limit, offset };
    const found = await assistants.search(request.actor, listing);
    return found.map((assistant) => presentAssistant(assistant));
  });

  app.post('/assistants/count', countAssistants, (request) =>
    assistants.count(request.actor, readFilter(request.body)),
  );

  app.get('/assistants/:assistant_id', getAssistant, async (request) =>
    presentAssistant(await assistants.get(request.actor, keyOf(request.params))),
  );

  app.post('/assistants/:assistant_id/versions', listVersions, async (request) => {
    const assistant = await assistants.get(request.actor, keyOf(request.params));
    return request.body.offset === 0 ? [presentAssistant(assistant)] : [];
  });
}

function registerGraphReads(app: App, { assistants }: Services): void {
  app.get('/assistants/:assistant_id/graph', getGraph, async (request) => {
    await assistants.get(request.actor, keyOf(request.params));
    return drawGraph();
  });

  app.get('/assistants/:assistant_id/schemas', getSchemas, async (request) => {
    await assistants.get(request.actor, keyOf(request.params));
    return describeGraph();
  });

  app.get('/assistants/:assistant_id/subgraphs', listSubgraphs, async (request) => {
    await assistants.get(request.actor, keyOf(request.params));
    return {};
  });

  app.get('/assistants/:assistant_id/subgraphs/:namespace', getSubgraph, (request) => {
    const { namespace } = request.params;
    return assistants.assertSubgraph(request.actor, { ...keyOf(request.params), namespace });
  });
}

function keyOf({ assistant_id: id }: z.output<typeof AssistantParams>) {
  return { id };
}

function readFilter({ graph_id, name, metadata }: z.output<typeof AssistantCount>) {
  return {
    graphId: graph_id ?? undefined,
    name: name ?? undefined,
    metadata: metadata ?? {},
  };
}
