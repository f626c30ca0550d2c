import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { newId, type AuthSessionId, type UserId } from '#shared/ids';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createAccessTokens } from './access-tokens.provider.ts';
import { createRefreshToken } from './refresh-token.ts';

const SECRET = 'a secret of this test that is long enough';
const claims = { userId: newId<UserId>(), authSessionId: newId<AuthSessionId>() };
const clock = createFakeClock();
const issuedAt = Math.floor(clock.now().getTime() / 1000);
const accessTokens = createAccessTokens({ secret: SECRET, algorithm: 'HS256', clock });

const HEADER = { alg: 'HS256', typ: 'at+jwt' };
const PAYLOAD = {
  iss: 'groundwork',
  aud: 'groundwork-api',
  sub: claims.userId,
  sid: claims.authSessionId,
  iat: issuedAt,
  exp: issuedAt + 1800,
};

/** A token put together by hand, so that it can be anything. */
function forge(
  parts: { header?: object; payload?: object | string; secret?: string } = {},
): string {
  const { header = {}, payload = {}, secret = SECRET } = parts;
  const body = typeof payload === 'string' ? payload : JSON.stringify({ ...PAYLOAD, ...payload });
  const signed = [JSON.stringify({ ...HEADER, ...header }), body]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function unsigned(algorithm: string, signature = ''): string {
  const [, payload] = forge().split('.');
  const header = Buffer.from(JSON.stringify({ ...HEADER, alg: algorithm })).toString('base64url');
  return `${header}.${payload}.${signature}`;
}

function withoutClaim(name: string): string {
  return forge({ payload: { [name]: undefined } });
}

async function tokenOfRsaKeyPair(): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new SignJWT({ ...PAYLOAD })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
    .sign(privateKey);
}

describe('a token of ours', () => {
  it('gives back what it was issued for', async () => {
    const token = await accessTokens.issue(claims, 1800);
    await expect(accessTokens.verify(token)).resolves.toMatchObject(claims);
  });

  it('is what the forgeries below are made from', async () => {
    await expect(accessTokens.verify(forge())).resolves.toMatchObject(claims);
  });

  it('works until its last second, also when it was seen before', async () => {
    const ownClock = createFakeClock();
    const tokens = createAccessTokens({ secret: SECRET, algorithm: 'HS256', clock: ownClock });
    const token = await tokens.issue(claims, 60);
    ownClock.advance(59);
    await expect(tokens.verify(token)).resolves.toMatchObject(claims);
    ownClock.advance(1);
    await expect(tokens.verify(token)).rejects.toMatchObject({
      kind: 'unauthenticated',
      options: { reason: 'expired_token' },
    });
  });

  it.each(['HS384', 'HS512'] as const)('can be signed by %s', async (algorithm) => {
    const tokens = createAccessTokens({ secret: SECRET, algorithm, clock });
    const token = await tokens.issue(claims, 60);
    await expect(tokens.verify(token)).resolves.toMatchObject(claims);
    await expect(accessTokens.verify(token)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});

describe('a token that is not ours', () => {
  const control = forge();
  const [header = '', payload = '', signature = ''] = control.split('.');
  const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

  it.each([
    ['algorithm none', unsigned('none')],
    ['algorithm None', unsigned('None')],
    ['algorithm nOnE', unsigned('nOnE')],
    ['algorithm none with a signature', unsigned('none', signature)],
    ['an empty algorithm', unsigned('', signature)],
    ['an empty signature', `${header}.${payload}.`],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${control}.`],
    ['another algorithm of the same family', forge({ header: { alg: 'HS512' } })],
    ['the type of plain JWTs', forge({ header: { typ: 'JWT' } })],
    ['no type', forge({ header: { typ: undefined } })],
    ['the type of another token', forge({ header: { typ: 'reset+jwt' } })],
    ['a critical extension', forge({ header: { crit: ['x'], x: 1 } })],
    ['a key of its own', forge({ header: { jwk: { kty: 'oct', k: 'eA' } }, secret: 'x' })],
    ['a key address', forge({ header: { jku: 'http://127.0.0.1:9/keys' }, secret: 'x' })],
    ['a key id that is a path', forge({ header: { kid: '../../../dev/null' }, secret: '' })],
    ['another secret', forge({ secret: 'another secret that is long enough too' })],
    ['a public key as the secret', forge({ secret: pem })],
    ['a public key without its last newline', forge({ secret: pem.trimEnd() })],
    ['a changed payload', [header, tamper(payload), signature].join('.')],
    ['a changed signature', [header, payload, tamper(signature)].join('.')],
    ['the same signature written otherwise', `${header}.${payload}.${respell(signature)}`],
    ['padding', `${control}=`],
    ['a blank behind', `${control} `],
    ['a payload that is no object', forge({ payload: '"text"' })],
    ['a payload that is no JSON', forge({ payload: '{' })],
    ['the issuer of another', forge({ payload: { iss: 'https://issuer.example' } })],
    ['no issuer', withoutClaim('iss')],
    ['the audience of another', forge({ payload: { aud: 'another-api' } })],
    ['a list of audiences without us', forge({ payload: { aud: ['one', 'two'] } })],
    ['no audience', withoutClaim('aud')],
    ['no subject', withoutClaim('sub')],
    ['a subject that is no id', forge({ payload: { sub: "' or 1=1 --" } })],
    ['no session', withoutClaim('sid')],
    ['no time of issue', withoutClaim('iat')],
    ['no expiry', withoutClaim('exp')],
    ['an expiry that is text', forge({ payload: { exp: String(PAYLOAD.exp) } })],
    [
      'an expiry at infinity',
      forge({ payload: JSON.stringify(PAYLOAD).replace(/"exp":\d+/, '"exp":1e400') }),
    ],
    ['an expiry 61 seconds ago', forge({ payload: { exp: issuedAt - 61 } })],
    ['a start in the future', forge({ payload: { nbf: issuedAt + 300 } })],
    ['a refresh token', createRefreshToken()],
    ['nothing', ''],
    ['dots', '..'],
    ['a huge text', 'e'.repeat(60_000)],
  ])('is refused for %s', async (_case, token) => {
    await expect(accessTokens.verify(token)).rejects.toMatchObject({
      kind: 'unauthenticated',
      message: 'Invalid credentials',
    });
  });

  it('is refused for a signature by a key pair', async () => {
    const token = await tokenOfRsaKeyPair();
    await expect(accessTokens.verify(token)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});

function tamper(part: string): string {
  return (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
}

/** The last character of 32 bytes in Base64 has two bits that lenient readers ignore. */
function respell(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(signature.slice(-1));
  return signature.slice(0, -1) + alphabet.charAt(last ^ 1);
}
