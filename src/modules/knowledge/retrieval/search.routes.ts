import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import {
  presentRetrieval,
  readFilter,
  SearchParams,
  SearchRequest,
  SearchResponse,
} from './search.schemas.ts';
import type { SearchService } from './search.service.ts';

const searchProject = {
  schema: {
    operationId: 'searchProject',
    summary: 'Find the passages of a project that answer a question',
    tags: ['search'],
    params: SearchParams,
    body: SearchRequest,
    response: { 200: SearchResponse },
  },
  config: { access: 'user', keyScope: 'read' },
} as const;

export function registerSearchRoutes(app: App, { search }: { search: SearchService }): void {
  app.post('/projects/:id/search', searchProject, async (request, reply) => {
    const { query, top_k: topK, mode, filter, neighbours } = request.body;
    const input = {
      projectId: request.params.id,
      query,
      topK,
      mode,
      neighbours,
      filter: filter && readFilter(filter),
    };
    return presentRetrieval(await search.search(request.actor, input, callerSignal(reply)));
  });
}
