import type { App } from './route-contract.ts';

/** Fails the start for a route that does not say who may call it, or whose operation has no name of its own. */
export function checkRoutes(app: App): void {
  const operations = new Map<string, string>();
  app.addHook('onRoute', ({ url, method, schema, config }) => {
    if (method === 'HEAD') return;
    const route = `${String(method)} ${url}`;
    if (config?.access === undefined) throw new Error(`${route} does not say who may call it`);
    if (schema?.hide === true) return;
    const { operationId } = schema ?? {};
    if (operationId === undefined) throw new Error(`${route} has no operationId`);
    const other = operations.get(operationId);
    if (other !== undefined) throw new Error(`${route} and ${other} are both "${operationId}"`);
    operations.set(operationId, route);
  });
}
