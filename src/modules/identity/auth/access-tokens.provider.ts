import { hash, webcrypto } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '#platform/clock/clock';
import type { AuthSessionId, UserId } from '#shared/ids';
import { isCanonicalToken } from './canonical-token.ts';
import { unauthenticated } from './unauthenticated.ts';

export type AccessClaims = {
  readonly userId: UserId;
  readonly authSessionId: AuthSessionId;
  /** The administrator who acts in the user's name. */
  readonly impersonatorId?: UserId | undefined;
};

export interface AccessTokens {
  issue(claims: AccessClaims, lifetimeSeconds: number): Promise<string>;
  /** @throws UNAUTHORIZED for everything but a token of ours that is still alive. */
  verify(token: string): Promise<AccessClaims>;
}

export type AccessTokensOptions = {
  readonly secret: string;
  readonly algorithm: 'HS256' | 'HS384' | 'HS512';
  readonly clock: Clock;
};

type VerifiedToken = AccessClaims & { readonly expiresAtSeconds: number };

const ISSUER = 'groundwork';
const AUDIENCE = 'groundwork-api';
/** Tells access tokens from every other kind signed with the same key. */
const TYPE = 'at+jwt';
const MAX_TOKEN_LENGTH = 2048;
const REMEMBERED_TOKENS = 10_000;
const REMEMBERED_MS = 5000;
const MS_PER_SECOND = 1000;

const Claims = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  impersonator_id: z.uuid().optional(),
  iat: z.int(),
  exp: z.int(),
});

/** Access tokens as JWTs of the JOSE library, signed with one shared secret. */
export function createAccessTokens({
  secret,
  algorithm,
  clock,
}: AccessTokensOptions): AccessTokens {
  const key = importKey(secret, algorithm);
  // Checking a signature costs ten times what looking it up does, and clients send one many times.
  const remembered = new LRUCache<string, VerifiedToken>({
    max: REMEMBERED_TOKENS,
    ttl: REMEMBERED_MS,
  });
  const nowSeconds = () => Math.floor(clock.now().getTime() / MS_PER_SECOND);

  async function check(token: string): Promise<VerifiedToken> {
    if (!isCanonicalToken(token)) throw unauthenticated('invalid_token');
    const { payload } = await jwtVerify(token, await key, {
      algorithms: [algorithm],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      currentDate: clock.now(),
    });
    const { sub, sid, impersonator_id: impersonatorId, exp } = Claims.parse(payload);
    return {
      userId: sub as UserId,
      authSessionId: sid as AuthSessionId,
      ...(impersonatorId !== undefined && { impersonatorId: impersonatorId as UserId }),
      expiresAtSeconds: exp,
    };
  }

  return {
    async issue({ userId, authSessionId, impersonatorId }, lifetimeSeconds) {
      const issuedAt = nowSeconds();
      return new SignJWT({
        sid: authSessionId,
        ...(impersonatorId !== undefined && { impersonator_id: impersonatorId }),
      })
        .setProtectedHeader({ alg: algorithm, typ: TYPE })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .sign(await key);
    },

    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) throw unauthenticated('invalid_token');
      const digest = hash('sha256', token, 'base64url');
      const known = remembered.get(digest);
      if (known && known.expiresAtSeconds > nowSeconds()) return known;
      const verified = await check(token).catch(refuse);
      remembered.set(digest, verified);
      return verified;
    },
  };
}

function importKey(secret: string, algorithm: string): Promise<webcrypto.CryptoKey> {
  const parameters = { name: 'HMAC', hash: algorithm.replace('HS', 'SHA-') };
  const bytes = new TextEncoder().encode(secret);
  return webcrypto.subtle.importKey('raw', bytes, parameters, false, ['sign', 'verify']);
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw unauthenticated('expired_token');
  if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
    throw unauthenticated('invalid_token');
  }
  throw error;
}
