import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '#platform/errors/app-error';
import { HttpError } from './http-error.ts';
import { instanceOf } from './problem.ts';
import type { App } from './route-contract.ts';

/** Answers what no route matches: 405 with `Allow` where the path is known, 404 elsewhere. */
export function refuseUnmatched(app: App): void {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsByUrl.set(url, methods);
  });

  const allowedMethods = createPathLookup(methodsByUrl);
  const refuse = (request: FastifyRequest, reply: FastifyReply): never => {
    const allowed = allowedMethods(instanceOf(request.raw.url));
    // TRACE would echo headers; it is refused on every path alike.
    if (allowed.length === 0 && request.method !== 'TRACE') {
      throw new AppError('not_found', 'There is no such address');
    }
    reply.header('allow', allowed.join(', '));
    throw new HttpError('method_not_allowed', `${request.method} is not allowed here`);
  };
  app.setNotFoundHandler(refuse);
  app.decorate('refuseUnmatched', refuse);
}

function createPathLookup(methodsByUrl: ReadonlyMap<string, ReadonlySet<string>>) {
  let patterns: readonly { pattern: URLPattern; methods: ReadonlySet<string> }[] | undefined;
  return (path: string): readonly string[] => {
    // The pattern would read `/x/../y` as `/y`, where the router finds nothing.
    if (URL.parse(`http://localhost${path}`)?.pathname !== path) return [];
    patterns ??= [...methodsByUrl].map(([pathname, methods]) => ({
      pattern: new URLPattern({ pathname }),
      methods,
    }));
    const matching = patterns.filter(({ pattern }) => pattern.test({ pathname: path }));
    return [...new Set(matching.flatMap(({ methods }) => [...methods]))].toSorted();
  };
}
