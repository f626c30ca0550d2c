import type { App } from '#platform/http/app';
import type { PriceCurrency } from '../ai.schemas.ts';
import type { AiService } from '../ai.service.ts';
import { presentRoute, readRouteRequest, RouteRequest, RouteResponse } from './route.schemas.ts';

const routeRequest = {
  schema: {
    operationId: 'routeRequest',
    summary: 'See which model a request would be given to with `model: "auto"`, and why',
    description: 'Takes what `POST /ai/chat` takes, but for `project_id`. No model is called.',
    tags: ['ai'],
    body: RouteRequest,
    response: { 200: RouteResponse },
  },
  config: { access: 'user' },
} as const;

export function registerRouteRoutes(
  app: App,
  { ai, currency }: { ai: Pick<AiService, 'route'>; currency: PriceCurrency },
): void {
  app.post('/ai/route', routeRequest, async (request) => {
    const asked = readRouteRequest(request.body);
    return presentRoute(await ai.route(request.actor.teamId, asked), currency);
  });
}
