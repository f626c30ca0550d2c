import type { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
type SigningSecret = webcrypto.CryptoKey | Uint8Array;
type SigningKey = KeyPair & { readonly kid: string };

export const AUDIENCE = 'groundwork-of-the-tests';

export type TokenChanges = {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Another key than the issuer's own. */
  readonly key?: SigningSecret;
  /** Claims that the token is to lack. */
  readonly without?: readonly string[];
};

/** Someone else who signs users in: a real server of keys on loopback. */
export async function startIssuer(alg: 'RS256' | 'ES256') {
  let fetches = 0;
  let generation = 0;
  let mode: 'well' | 'broken' | 'silent' = 'well';
  let current = await makeKey();

  async function makeKey(): Promise<SigningKey> {
    generation += 1;
    return { ...(await generateKeyPair(alg, { extractable: true })), kid: `key-${generation}` };
  }

  const server = createServer((_request, response) => {
    fetches += 1;
    if (mode === 'silent') return;
    if (mode === 'broken') return void response.writeHead(500).end();
    void publicKey().then((key) => response.end(JSON.stringify({ keys: [key] })));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${address.port}`;
  const issuer = `http://${host}`;

  async function publicKey() {
    return { ...(await exportJWK(current.publicKey)), kid: current.kid, alg, use: 'sig' };
  }

  return {
    alg,
    issuer,
    /** As a list of allowed hosts writes it. */
    host,
    setting: { issuer, jwks_url: `${issuer}/jwks.json`, audience: AUDIENCE },
    publicKey,
    exportedKey: () => current.publicKey,
    fetches: () => fetches,
    become: (next: typeof mode) => void (mode = next),
    async rotate(): Promise<void> {
      current = await makeKey();
    },
    sign: (subject: string, changes: TokenChanges = {}) =>
      signToken({ iss: issuer, sub: subject }, changes, {
        key: current.privateKey,
        header: { alg, kid: current.kid },
      }),
    async close(): Promise<void> {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

export type TestIssuer = Awaited<ReturnType<typeof startIssuer>>;

/** An issuer that shares a secret with us, and has no server. */
export function createSecretIssuer(issuer: string, secret: string) {
  return {
    setting: { issuer, secret, audience: AUDIENCE },
    sign: (subject: string, changes: TokenChanges = {}) =>
      signToken({ iss: issuer, sub: subject }, changes, {
        key: new TextEncoder().encode(secret),
        header: { alg: 'HS256' },
      }),
  };
}

function signToken(
  identity: JWTPayload,
  { claims = {}, header = {}, key, without = [] }: TokenChanges,
  own: { readonly key: SigningSecret; readonly header: { alg: string; kid?: string } },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = { aud: AUDIENCE, iat: now, exp: now + 300, ...identity, ...claims };
  const kept = Object.entries(all).filter(([name]) => !without.includes(name));
  return new SignJWT(Object.fromEntries(kept))
    .setProtectedHeader({ typ: 'JWT', ...own.header, ...header })
    .sign(key ?? own.key);
}
