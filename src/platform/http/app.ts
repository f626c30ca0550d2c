import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { fastify, LogController, type FastifyBaseLogger, type FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import {
  createIdempotencyStage,
  type IdempotencyRepositoryOf,
} from '#platform/idempotency/idempotency.hook';
import { accessTokenCookie, createAuthenticateStage } from './authenticate.hook.ts';
import type { Authenticate, Revalidate } from './authenticator.ts';
import type { BodySpeed } from './body-speed.ts';
import { createClientErrorHandler } from './client-errors.ts';
import { createCommonHeaders, securityHeaders } from './common-headers.ts';
import { createDrain } from './drain.ts';
import { createEnvelope, type ResponseEnvelope } from './envelope.hook.ts';
import { createErrorHandler, type PresentFault } from './error-handler.ts';
import {
  createEventStreams,
  EVENT_STREAM_LIMITS,
  type EventStreamLimits,
} from './event-streams.ts';
import { createExchangeOf, type ExchangeDependencies } from './exchange.ts';
import { registerHealthRoutes, type HealthRoutesDependencies } from './health.routes.ts';
import { acceptBodies, createBodyGuard } from './json-body.ts';
import { registerDocs, registerDocumentRoute, registerOpenApi } from './openapi.ts';
import { createRateLimits, type RateLimitDependencies } from './rate-limit.hook.ts';
import { checkRoutes } from './route-check.ts';
import type { App } from './route-contract.ts';
import { createSerializerCompiler } from './serializer.ts';
import {
  SERVER_LIMITS,
  serverOptions,
  type ServerLimits,
  type TrustProxy,
} from './server-options.ts';
import { createOpenSockets } from './sockets/open-sockets.ts';
import { SOCKET_LIMITS, type SocketLimits } from './sockets/socket-limits.ts';
import type { SocketTopic } from './sockets/socket-topic.ts';
import { registerSockets, type SocketOptions } from './sockets/sockets.routes.ts';
import { registerStages, type Stages } from './stages.ts';
import type { ZodTypeProvider } from './type-provider.ts';
import { refuseUnmatched } from './unmatched.ts';

export type { App, RateLimitName } from './route-contract.ts';

export type HttpSettings = {
  readonly version: string;
  /** Served under TLS: cookies with the `__Host-` prefix, and HSTS. */
  readonly isSecure: boolean;
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: TrustProxy;
  readonly bodyLimitBytes: number;
  readonly responseEnvelope: ResponseEnvelope;
  readonly areDocsEnabled: boolean;
  /** Who may scrape `/metrics`; only this machine without it. */
  readonly metricsToken: string | undefined;
};

/** Limits that the defaults suit everywhere; tests make them short. */
export type HttpLimits = {
  readonly server: ServerLimits;
  readonly body: BodySpeed;
  readonly eventStream: EventStreamLimits;
  readonly socket: SocketLimits;
};

export type HttpAppOptions = ExchangeDependencies &
  Pick<SocketOptions, 'metrics'> &
  RateLimitDependencies &
  Omit<HealthRoutesDependencies, 'isDraining'> & {
    readonly settings: HttpSettings;
    readonly authenticate: Authenticate;
    readonly revalidate: Revalidate;
    readonly idempotencyOf: IdempotencyRepositoryOf;
    /** What can be followed over a WebSocket. */
    readonly topics?: readonly SocketTopic[];
    readonly limits?: Partial<HttpLimits>;
  };

const DEFAULT_LIMITS: HttpLimits = {
  server: SERVER_LIMITS,
  body: { windowMs: 20_000, minimumBytes: 10_000 },
  eventStream: EVENT_STREAM_LIMITS,
  socket: SOCKET_LIMITS,
};
const SANE_REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** The server with every stage of a request and no feature; modules add their routes to it. */
export async function createHttpApp(options: HttpAppOptions): Promise<App> {
  const { settings, logger } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const exchangeOf = createExchangeOf(options);
  const handleError = createErrorHandler(exchangeOf);
  const lifecycle = createDrain(() => app);
  const setHeaders = createCommonHeaders({ ...settings, isDraining: lifecycle.isDraining });

  const frameworkLogger: FastifyBaseLogger = logger.child({ module: 'http' });
  const app: App = fastify({
    ...serverOptions(limits.server, settings),
    loggerInstance: frameworkLogger,
    childLoggerFactory: (parent) => parent,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: chooseRequestId,
    clientErrorHandler: createClientErrorHandler({
      logger,
      securityHeaders: securityHeaders(settings.isSecure),
    }),
    // An address that cannot be decoded never becomes a request, and so passes no stage.
    frameworkErrors: (error, request, reply) => {
      setHeaders(exchangeOf(request, reply), reply);
      handleError(error, request, reply);
    },
  }).withTypeProvider<ZodTypeProvider>();

  app.server.maxConnections = limits.server.maxConnections;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(createSerializerCompiler());
  app.setErrorHandler(handleError);
  acceptBodies(app);
  decorate(app, {
    createErrorHandler: (present) => createErrorHandler(exchangeOf, present),
    drain: lifecycle.drain,
    eventStreams: createEventStreams(limits.eventStream, {
      prepare: (request, reply) => setHeaders(exchangeOf(request, reply), reply),
      revalidate: options.revalidate,
    }),
    openSockets: createOpenSockets(limits.socket.maxSocketsPerUser),
  });

  const stages = buildStages(options, {
    exchangeOf,
    setHeaders,
    guardBody: createBodyGuard(limits.body),
  });
  await registerStages(app, stages);
  await registerOpenApi(app, settings.version);
  if (settings.areDocsEnabled) await registerDocs(app);
  // The routes so far are of plugins; from here on each route is one of ours.
  checkRoutes(app);
  refuseUnmatched(app);
  if (settings.areDocsEnabled) registerDocumentRoute(app);
  registerHealthRoutes(app, { ...options, isDraining: lifecycle.isDraining });
  registerSockets(app, {
    ...options,
    topics: options.topics ?? [],
    rateLimits: stages.rateLimits,
    cookieName: accessTokenCookie(settings.isSecure),
    limits: limits.socket,
  });
  return app;
}

/** Adds routes whose paths are relative to `prefix`; `presentFault` words their errors another way. */
export function mountRoutes(
  app: App,
  { prefix, presentFault }: { readonly prefix: string; readonly presentFault?: PresentFault },
  register: (scope: App) => void,
): void {
  app.register(
    (scope, _options, done) => {
      if (presentFault) {
        scope.setErrorHandler(app.createErrorHandler(presentFault));
        scope.setNotFoundHandler(app.refuseUnmatched);
      }
      register(scope.withTypeProvider<ZodTypeProvider>());
      done();
    },
    { prefix },
  );
}

function decorate(
  app: App,
  parts: Pick<App, 'createErrorHandler' | 'drain' | 'eventStreams' | 'openSockets'>,
): void {
  app.decorate('createErrorHandler', parts.createErrorHandler);
  app.decorate('drain', parts.drain);
  app.decorate('eventStreams', parts.eventStreams);
  app.decorate('openSockets', parts.openSockets);
  app.decorateRequest('exchange', undefined);
  app.decorateRequest('caller', {
    getter(this: FastifyRequest) {
      return this.exchange?.actor;
    },
  });
  app.decorateRequest('actor', {
    getter(this: FastifyRequest) {
      const actor = this.exchange?.actor;
      if (!actor) throw new Error('A public route has no actor');
      return actor;
    },
  });
}

function buildStages(
  options: HttpAppOptions,
  shared: Pick<Stages, 'exchangeOf' | 'setHeaders' | 'guardBody'>,
): Stages {
  const { settings } = options;
  const rateLimits = createRateLimits(options);
  const publicOrigin = URL.parse(settings.publicUrl)?.origin;
  const allowedOrigins = new Set([
    ...settings.corsOrigins,
    ...(publicOrigin ? [publicOrigin] : []),
  ]);
  return {
    ...shared,
    rateLimits,
    corsOrigins: settings.corsOrigins,
    authenticate: createAuthenticateStage({ ...options, ...settings, rateLimits, allowedOrigins }),
    idempotency: createIdempotencyStage(options),
    wrap: createEnvelope(settings.responseEnvelope),
  };
}

/** The client's own id where it is a sane one, so that both sides can find the request. */
function chooseRequestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : randomUUID();
}
