import { createLocalJWKSet, errors, type JWSHeaderParameters } from 'jose';
import { z } from 'zod';
import type { Clock } from '#platform/clock/clock';
import { AppError } from '#platform/errors/app-error';
import type { HttpClient } from '#platform/http-client/http-client';
import type { Logger } from '#platform/telemetry/logger';

export type IssuerKeys = ReturnType<typeof createIssuerKeys>;

export type IssuerKeysDependencies = {
  readonly httpClient: Pick<HttpClient, 'request'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
};

type KeySet = ReturnType<typeof createLocalJWKSet>;
type Loaded = { readonly keys: KeySet; readonly at: number };

const MINUTE_MS = 60_000;
/** Whatever is asked for, an issuer hears from one process no more often than this. */
const COOLDOWN_MS = 30_000;
const FRESH_MS = 10 * MINUTE_MS;
/** From here on a request waits for newer keys; an issuer that is down keeps the ones there are. */
const AGED_MS = 60 * MINUTE_MS;
const KEPT_MS = 24 * 60 * MINUTE_MS;
const FETCH_TIMEOUT_MS = 5000;
const MAX_KEYS = 100;
const MAX_JWKS_BYTES = 262_144;
const MS_PER_SECOND = 1000;
const HTTP_OK = 200;

const text = z.string().max(8192).optional();

/** The public members alone: a secret that somebody publishes is no key of ours. */
const PublicKey = z.object({
  kty: z.string(),
  kid: text,
  alg: text,
  use: text,
  crv: text,
  n: text,
  e: text,
  x: text,
  y: text,
});

const KeySetDocument = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS) });

/**
 * The public keys of one issuer: fetched once for all who wait, kept, and fetched again when they age
 * or a token names a key that is not there.
 */
export function createIssuerKeys(
  jwksUrl: string,
  { httpClient, clock, logger }: IssuerKeysDependencies,
) {
  let loaded: Loaded | undefined;
  let pending: Promise<Loaded> | undefined;
  let attemptedAt = -Infinity;

  const now = () => clock.now().getTime();
  const mayFetch = () => now() - attemptedAt >= COOLDOWN_MS;

  async function fetchKeys(): Promise<Loaded> {
    const answer = await httpClient.request(jwksUrl, {
      headers: { accept: 'application/json' },
      timeoutMs: FETCH_TIMEOUT_MS,
      maxResponseBytes: MAX_JWKS_BYTES,
    });
    if (answer.status !== HTTP_OK) throw new Error(`the keys answered ${answer.status}`);
    return { keys: createLocalJWKSet({ keys: readKeys(answer.body) }), at: now() };
  }

  function refresh(): Promise<Loaded> {
    if (pending) return pending;
    if (!mayFetch()) return Promise.reject(unreachable());
    attemptedAt = now();
    pending = fetchKeys()
      .then((fetched) => (loaded = fetched))
      .catch((error: unknown) => {
        logger.warn({ err: error, jwks_url: jwksUrl }, 'could not fetch the keys of an issuer');
        throw unreachable(error);
      })
      .finally(() => (pending = undefined));
    return pending;
  }

  async function current(): Promise<Loaded> {
    const age = loaded ? now() - loaded.at : Infinity;
    if (!loaded || age > KEPT_MS) return refresh();
    if (age <= FRESH_MS || !mayFetch()) return loaded;
    const kept = loaded;
    const refreshed = refresh().catch(() => kept);
    return age > AGED_MS ? refreshed : kept;
  }

  return {
    /**
     * The key that a token's header names.
     * @throws SERVICE_UNAVAILABLE while there are no keys; the library's error for a key that is not there
     */
    async find(header: JWSHeaderParameters) {
      const { keys, at } = await current();
      try {
        return await keys(header);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayFetchAgain(at)) throw error;
      }
      const renewed = await refresh().catch(() => undefined);
      return (renewed?.keys ?? keys)(header);
    },
  };

  /** A fetch in progress began before this token was looked up, so waiting for it is enough. */
  function mayFetchAgain(at: number): boolean {
    return mayFetch() || (pending !== undefined && at < attemptedAt);
  }
}

function readKeys(body: Buffer) {
  const { keys } = KeySetDocument.parse(JSON.parse(body.toString('utf8')));
  return keys.flatMap((key) => {
    const { data } = PublicKey.safeParse(key);
    return data ? [withoutUnset(data)] : [];
  });
}

function withoutUnset({ kty, ...members }: z.output<typeof PublicKey>) {
  const set = Object.entries(members).filter((member) => member[1] !== undefined);
  return { kty, ...Object.fromEntries(set) };
}

function unreachable(cause?: unknown): AppError {
  return new AppError('unavailable', 'The keys of the issuer cannot be fetched', {
    reason: 'issuer_unreachable',
    retryAfterSeconds: COOLDOWN_MS / MS_PER_SECOND,
    cause,
  });
}
