import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { Actor, ApiKeyScope } from '#shared/actor';
import type { Access, SignIn } from './authenticator.ts';
import type { ErrorHandler, PresentFault } from './error-handler.ts';
import type { EventStreams } from './event-streams.ts';
import type { Exchange } from './exchange.ts';
import type { OpenSockets } from './sockets/open-sockets.ts';
import type { ZodTypeProvider } from './type-provider.ts';

/** The HTTP server as routes see it: their Zod schemas type `request` and `reply`. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The named limits a route can ask for; the default one holds where a route names none. */
export type RateLimitName =
  | 'default'
  | 'register'
  | 'login'
  | 'invite'
  | 'export'
  | 'webhook'
  | 'chat'
  | 'chat-stream';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. A route that does not say fails the start. */
    access?: Access;
    rateLimit?: RateLimitName;
    /** Where a route is for people and not for programs; `any` without it. */
    signIn?: SignIn;
    /** What an API key needs; without it `read` for GET and HEAD, and `write` for the rest. */
    keyScope?: ApiKeyScope;
    /** The answer sets or clears the sign-in cookie, which no page of another origin may bring about. */
    isCookieSetting?: boolean;
    /** Who must set a new password may call it too; every other route refuses them. */
    isPasswordResetAllowed?: boolean;
    /** The route creates: it honours `Idempotency-Key`. */
    isIdempotent?: boolean;
    /** Opens a WebSocket, which no page of another origin may. */
    isSocket?: boolean;
    /** Asked by machines all the time: neither limited nor counted, logged at debug level. */
    isProbe?: boolean;
  }
  interface FastifyRequest {
    /** Who is signed in; reading it on a public route throws. */
    readonly actor: Actor;
    /** Who is signed in, on a route that also serves those who are not. */
    readonly caller: Actor | undefined;
    exchange: Exchange | undefined;
  }
  interface FastifyInstance {
    /** For a part of the API that words its errors in its own way. */
    createErrorHandler(present: PresentFault): ErrorHandler;
    /** Answers what no route matches. */
    refuseUnmatched(request: FastifyRequest, reply: FastifyReply): never;
    readonly eventStreams: EventStreams;
    readonly openSockets: OpenSockets;
    /**
     * Stops in order: not ready at once, open streams may finish until the grace is over, then the server closes.
     */
    drain(graceMs: number): Promise<void>;
  }
}
