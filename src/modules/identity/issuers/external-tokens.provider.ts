import { createSecretKey, hash, type KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '#platform/clock/clock';
import { isCanonicalToken } from '../auth/canonical-token.ts';
import { unauthenticated } from '../auth/unauthenticated.ts';
import { readProfile, type ExternalProfile } from './external-profile.ts';
import type { Issuer } from './issuer.ts';
import type { IssuerKeys } from './issuer-keys.provider.ts';

/** Whom a token of another issuer is about, as that issuer tells it. */
export type ExternalClaims = {
  readonly issuer: string;
  readonly subject: string;
  readonly profile: ExternalProfile;
  readonly issuedAt: Date;
};

export interface ExternalTokens {
  /** Whether a token says that it is of one of the issuers; it proves nothing. */
  isForeign(token: string): boolean;
  /** @throws UNAUTHORIZED for everything but a live token meant for us; SERVICE_UNAVAILABLE without keys */
  verify(token: string): Promise<ExternalClaims>;
}

export type ExternalTokensOptions = {
  readonly issuers: readonly Issuer[];
  readonly keysOf: (jwksUrl: string) => IssuerKeys;
  readonly clock: Clock;
};

type KnownIssuer = Issuer & {
  readonly keys: IssuerKeys | undefined;
  readonly secretKey: KeyObject | undefined;
};
type VerifiedToken = ExternalClaims & { readonly expiresAtSeconds: number };

const MAX_TOKEN_LENGTH = 8192;
const MAX_SUBJECT_LENGTH = 255;
const MAX_KEY_ID_LENGTH = 256;
const SKEW_SECONDS = 30;
const REMEMBERED_TOKENS = 10_000;
const REMEMBERED_MS = 5000;
const MS_PER_SECOND = 1000;

/** `crit` asks for what we do not know; the other four bring a key along, or say where to get one. */
const Header = z.object({
  alg: z.enum(['RS256', 'ES256', 'HS256']),
  kid: z.string().max(MAX_KEY_ID_LENGTH).optional(),
  typ: z
    .string()
    .regex(/^(application\/)?(at\+)?jwt$/i)
    .optional(),
  crit: z.undefined().optional(),
  jku: z.undefined().optional(),
  jwk: z.undefined().optional(),
  x5u: z.undefined().optional(),
  x5c: z.undefined().optional(),
});

const Claims = z.object({
  exp: z.int().positive(),
  iat: z.int().nonnegative().default(0),
  azp: z.string().optional(),
});

const Subject = z
  .string()
  .min(1)
  .max(MAX_SUBJECT_LENGTH)
  .regex(/^[^\p{C}]+$/u);

/** Tokens of other issuers, checked by the JOSE library. */
export function createExternalTokens({
  issuers,
  keysOf,
  clock,
}: ExternalTokensOptions): ExternalTokens {
  const known = new Map(issuers.map((issuer) => [issuer.issuer, prepare(issuer, keysOf)]));
  const remembered = new LRUCache<string, VerifiedToken>({
    max: REMEMBERED_TOKENS,
    ttl: REMEMBERED_MS,
  });

  return {
    isForeign: (token) => known.size > 0 && known.has(issuerOf(token) ?? ''),

    async verify(token) {
      const digest = hash('sha256', token, 'base64url');
      const seen = remembered.get(digest);
      if (seen && seen.expiresAtSeconds > clock.now().getTime() / MS_PER_SECOND) return seen;
      const issuer = known.get(issuerOf(token) ?? '');
      if (!issuer || !isCanonicalToken(token)) throw unauthenticated('invalid_token');
      const verified = await check(token, issuer, clock).catch(refuse);
      remembered.set(digest, verified);
      return verified;
    },
  };
}

function prepare(issuer: Issuer, keysOf: ExternalTokensOptions['keysOf']): KnownIssuer {
  const { jwksUrl, secret } = issuer;
  return {
    ...issuer,
    keys: jwksUrl === undefined ? undefined : keysOf(jwksUrl),
    secretKey: secret === undefined ? undefined : createSecretKey(secret, 'utf8'),
  };
}

function issuerOf(token: string): string | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function check(token: string, issuer: KnownIssuer, clock: Clock): Promise<VerifiedToken> {
  const header = Header.parse(decodeProtectedHeader(token));
  // The header chooses among what the issuer was given, and never brings a kind of its own.
  if (!issuer.algorithms.includes(header.alg)) throw unauthenticated('invalid_token');
  const key = await keyFor(header, issuer);
  if (!key) throw unauthenticated('invalid_token');
  const now = clock.now();
  const { payload } = await jwtVerify(token, key, {
    algorithms: [header.alg],
    issuer: issuer.issuer,
    ...(issuer.audiences && { audience: [...issuer.audiences] }),
    requiredClaims: ['exp'],
    clockTolerance: SKEW_SECONDS,
    currentDate: now,
  });
  const { exp, iat, azp } = Claims.parse(payload);
  const isFromFuture = iat > now.getTime() / MS_PER_SECOND + SKEW_SECONDS;
  if (isFromFuture || !isMeantForUs(issuer, azp)) throw unauthenticated('invalid_token');
  return {
    issuer: issuer.issuer,
    subject: Subject.parse(claimOf(payload, issuer.claims.subject)),
    profile: profileOf(payload, issuer),
    issuedAt: new Date(iat * MS_PER_SECOND),
    expiresAtSeconds: exp,
  };
}

async function keyFor({ alg, kid }: z.output<typeof Header>, { secretKey, keys }: KnownIssuer) {
  if (alg === 'HS256') return secretKey;
  return keys?.find({ alg, ...(kid !== undefined && { kid }) });
}

/** A token without a party is taken only where its audience has told whom it is for. */
function isMeantForUs(
  { audiences, authorizedParties }: Issuer,
  party: string | undefined,
): boolean {
  if (!authorizedParties) return audiences !== undefined;
  return party === undefined ? audiences !== undefined : authorizedParties.includes(party);
}

function profileOf(payload: object, { claims }: Issuer): ExternalProfile {
  return readProfile({
    email: claimOf(payload, claims.email),
    isEmailVerified: claimOf(payload, claims.emailVerified),
    username: claimOf(payload, claims.username),
    firstName: claimOf(payload, claims.firstName),
    lastName: claimOf(payload, claims.lastName),
  });
}

/** Names of claims may have dots of their own, as the URLs that some issuers put before them. */
function claimOf(payload: object, name: string): unknown {
  const members = new Map<string, unknown>(Object.entries(payload));
  if (members.has(name)) return members.get(name);
  const dot = name.indexOf('.');
  const inner = dot > 0 ? members.get(name.slice(0, dot)) : undefined;
  if (typeof inner !== 'object' || inner === null) return undefined;
  return claimOf(inner, name.slice(dot + 1));
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw unauthenticated('expired_token');
  const isOfToken = [errors.JOSEError, z.ZodError, TypeError, DOMException].some(
    (kind) => error instanceof kind,
  );
  throw isOfToken ? unauthenticated('invalid_token') : error;
}
