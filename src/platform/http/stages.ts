import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { createIdempotencyStage } from '#platform/idempotency/idempotency.hook';
import { runInContext } from '#platform/telemetry/request-context';
import type { Actor } from '#shared/actor';
import { accessOf } from './authenticate.hook.ts';
import { assertMayCall } from './assert-may-call.ts';
import type { SetCommonHeaders } from './common-headers.ts';
import type { ExchangeOf } from './exchange.ts';
import { HttpError } from './http-error.ts';
import type { RateLimits } from './rate-limit.hook.ts';
import type { App } from './route-contract.ts';

export type Stages = {
  readonly corsOrigins: readonly string[];
  readonly exchangeOf: ExchangeOf;
  readonly rateLimits: RateLimits;
  readonly authenticate: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<Actor | undefined>;
  readonly guardBody: (request: FastifyRequest, reply: FastifyReply) => void;
  readonly idempotency: ReturnType<typeof createIdempotencyStage>;
  readonly wrap: (request: FastifyRequest, reply: FastifyReply, payload: unknown) => unknown;
  readonly setHeaders: SetCommonHeaders;
};

const MAX_URL_LENGTH = 8192;
const PREFLIGHT_SECONDS = 600;

/**
 * The stages of a request, in this order: CORS, ids and trace, limit by address, authenticate, limit
 * by user, may they call, (the framework reads and validates), idempotency, (the handler), envelope, headers.
 */
export async function registerStages(app: App, stages: Stages): Promise<void> {
  const { exchangeOf, rateLimits, idempotency } = stages;

  await app.register(cors, corsOptions(stages.corsOrigins));
  await app.register(cookie);

  app.addHook('onRequest', (request, reply, done) => {
    const exchange = exchangeOf(request, reply);
    if ((request.raw.url?.length ?? 0) > MAX_URL_LENGTH) {
      throw new HttpError('uri_too_long', 'The address is too long');
    }
    runInContext(exchange.context, done);
  });

  app.addHook('onRequest', async (request, reply) => {
    if (isOpenToAll(request) && !isProbe(request)) {
      await rateLimits.byAddress(request, reply);
    }
    const actor = await stages.authenticate(request, reply);
    if (actor) {
      exchangeOf(request, reply).actor = actor;
      await rateLimits.byActor(request, reply, actor);
      assertMayCall(request, actor);
    }
    stages.guardBody(request, reply);
  });

  // Only for the routes that ask for it: to wait for nothing costs too.
  app.addHook('onRoute', (route) => {
    if (route.config?.isIdempotent !== true) return;
    route.preHandler = [idempotency.claim, ...[route.preHandler ?? []].flat()];
  });

  // oxlint-disable-next-line max-params -- the framework's form of a hook that may end at once
  app.addHook('onSend', (request, reply, payload, done) => {
    const finish = () => {
      const wrapped = stages.wrap(request, reply, payload);
      stages.setHeaders(exchangeOf(request, reply), reply);
      done(null, wrapped);
    };
    if (idempotency.isClaimed(request))
      idempotency.settle(request, reply, payload).then(finish, done);
    else finish();
  });
}

function isOpenToAll(request: FastifyRequest): boolean {
  const access = accessOf(request);
  return access === 'public' || access === 'optional';
}

function isProbe(request: FastifyRequest): boolean {
  return request.routeOptions.config?.isProbe === true;
}

/** Only listed origins get an answer; the headers that go with it are set with the common ones. */
function corsOptions(origins: readonly string[]) {
  return {
    origin: origins.length === 0 ? false : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  };
}
