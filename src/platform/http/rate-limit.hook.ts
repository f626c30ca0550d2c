import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '#platform/errors/app-error';
import type {
  RateDecision,
  RateLimiter,
  RatePolicy,
  RateWindow,
} from '#platform/rate-limit/rate-limiter';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Actor, Tier } from '#shared/actor';
import { addressKey } from './client-address.ts';
import type { RateLimitName } from './route-contract.ts';

/** The policy behind each name a route can ask for; those of chat go by the team's tier. */
export type RatePolicies = Readonly<
  Record<'default' | 'register' | 'login' | 'invite' | 'export' | 'webhook', RatePolicy>
> &
  Readonly<Record<'chat' | 'chat-stream', Readonly<Record<Tier, RatePolicy>>>>;

export type RateLimitDependencies = {
  readonly rateLimiter: RateLimiter;
  readonly ratePolicies: RatePolicies;
  readonly metrics: Pick<Metrics, 'rateLimitHitsTotal'>;
};

type Count = {
  readonly policy: RatePolicy;
  readonly scope: 'address' | 'user' | 'api_key' | 'team';
  readonly key: string;
};

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Counts a request by the client's address, or by who is signed in; over the limit it is refused. */
export function createRateLimits(dependencies: RateLimitDependencies) {
  const { rateLimiter, ratePolicies, metrics } = dependencies;
  const policyText = createPolicyTexts();

  /** `RateLimit` and `RateLimit-Policy` as structured fields of the IETF draft. */
  function setHeaders(reply: FastifyReply, policy: RatePolicy, decision: RateDecision): void {
    const { remaining, resetSeconds, window } = decision;
    const left = `r=${Math.max(0, remaining)};t=${Math.ceil(resetSeconds)}`;
    reply.header('ratelimit-policy', policyText(policy));
    reply.header('ratelimit', `${nameWindow(policy, window)};${left}`);
  }

  async function count(request: FastifyRequest, reply: FastifyReply, hit: Count): Promise<void> {
    const decision = await rateLimiter.consume(hit.policy, `${hit.scope}:${hit.key}`);
    setHeaders(reply, hit.policy, decision);
    if (decision.isAllowed) return;
    const endpoint = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
    metrics.rateLimitHitsTotal.inc({ endpoint, scope: hit.scope });
    throw refused(decision);
  }

  return {
    async byAddress(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const policy = addressPolicy(ratePolicies, request.routeOptions.config?.rateLimit);
      await count(request, reply, { policy, scope: 'address', key: addressKey(request.ip) });
    },

    /** For a failed sign-in whose answer is on its way already. @throws RATE_LIMITED */
    async countFailure(request: FastifyRequest): Promise<void> {
      const key = `address:${addressKey(request.ip)}`;
      const decision = await rateLimiter.consume(ratePolicies.default, key);
      if (!decision.isAllowed) throw refused(decision);
    },

    async byActor(request: FastifyRequest, reply: FastifyReply, actor: Actor): Promise<void> {
      const name = request.routeOptions.config?.rateLimit ?? 'default';
      const hit: Count =
        name === 'chat' || name === 'chat-stream'
          ? { policy: ratePolicies[name][actor.tier], scope: 'team', key: actor.teamId }
          : { policy: ratePolicies[name], ...callerOf(actor) };
      await count(request, reply, hit);
    },
  };
}

/** Each key of a user has a limit of its own, so that one program does not stop another. */
function callerOf({ userId, credential }: Actor): Pick<Count, 'scope' | 'key'> {
  return credential.kind === 'api_key'
    ? { scope: 'api_key', key: credential.apiKeyId }
    : { scope: 'user', key: userId };
}

function addressPolicy(policies: RatePolicies, name: RateLimitName | undefined): RatePolicy {
  const isOfAddresses = name === 'login' || name === 'register' || name === 'webhook';
  return isOfAddresses ? policies[name] : policies.default;
}

/** A policy never changes, so that its text is made once. */
function createPolicyTexts(): (policy: RatePolicy) => string {
  const texts = new WeakMap<RatePolicy, string>();
  return (policy) => {
    const known = texts.get(policy);
    if (known !== undefined) return known;
    const windows = policy.windows.map(
      (window) => `${nameWindow(policy, window)};q=${window.limit};w=${window.windowSeconds}`,
    );
    const text = windows.join(', ');
    texts.set(policy, text);
    return text;
  };
}

function nameWindow(policy: RatePolicy, { windowSeconds }: RateWindow): string {
  return policy.windows.length === 1 ? `"${policy.name}"` : `"${policy.name}-${windowSeconds}"`;
}

function refused({ window, resetSeconds }: RateDecision): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(resetSeconds));
  const message = `${window.text} limit reached. Retry after ${retryAfterSeconds} seconds.`;
  return new AppError('rate_limited', message, { retryAfterSeconds });
}
