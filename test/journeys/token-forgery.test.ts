import { exportSPKI, generateKeyPair } from 'jose';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, signUp } from '#test/client';
import {
  AUDIENCE,
  createSecretIssuer,
  startIssuer,
  type TestIssuer,
  type TokenChanges,
} from '#test/issuer';
import { startTestService, type TestService } from '#test/service';

const SECRET = 'a-secret-that-only-the-two-know-of';
const shared = createSecretIssuer('https://shared.example', SECRET);
const MINUTE = 60;

let rsa: TestIssuer;
let elliptic: TestIssuer;
let tripwire: Server;
let tripwireUrl: string;
let knocks = 0;
let test: TestService;

beforeAll(async () => {
  [rsa, elliptic] = await Promise.all([startIssuer('RS256'), startIssuer('ES256')]);
  tripwire = createServer((_request, response) => response.end('{"keys":[]}'));
  tripwire.on('connection', () => (knocks += 1));
  await once(tripwire.listen(0, '127.0.0.1'), 'listening');
  const address = tripwire.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  tripwireUrl = `http://127.0.0.1:${address.port}/keys`;
  test = await startTestService({
    AUTH_ISSUERS: JSON.stringify([rsa.setting, elliptic.setting, shared.setting]),
    SSRF_ALLOW_HOSTS: `${rsa.host},${elliptic.host},127.0.0.1:${address.port}`,
  });
});
afterAll(async () => {
  await test.close();
  tripwire.closeAllConnections();
  await Promise.all([rsa.close(), elliptic.close(), once(tripwire.close(), 'close')]);
});

const now = () => Math.floor(Date.now() / 1000);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function answerTo(token: string) {
  const { status, body } = await createClient(test.baseUrl, token).get('/users/me');
  const { trace_id: _traceId, ...problem } = body;
  return { status, problem };
}

/** The one answer, to which every refusal is compared. */
async function expectRefused(token: string): Promise<void> {
  expect(await answerTo(token)).toEqual(await answerTo('not-a-token'));
  expect((await answerTo(token)).status).toBe(401);
}

/** A control: what is about to be spoilt is good as it is. */
async function expectGood(issuer: Pick<TestIssuer, 'sign'>): Promise<void> {
  expect((await answerTo(await issuer.sign('control'))).status).toBe(200);
}

describe('a token without a signature', () => {
  it.each(['none', 'None', 'nOnE', 'NONE'])('and with the algorithm %s is refused', async (alg) => {
    await expectGood(rsa);
    const [, payload = ''] = (await rsa.sign('victim')).split('.');
    const header = encode({ alg, typ: 'JWT' });
    for (const token of [`${header}.${payload}.`, `${header}.${payload}`])
      await expectRefused(token);
  });

  it('of our own is refused as well', async () => {
    const { login } = await signUp(test.baseUrl);
    const [, payload = ''] = String(login.access_token).split('.');
    await expectRefused(`${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`);
  });
});

describe('a token signed by a public key as if it were a secret', () => {
  it('is refused in every form of the key', async () => {
    for (const issuer of [rsa, elliptic]) {
      await expectGood(issuer);
      const pem = await exportSPKI(issuer.exportedKey());
      const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
      const jwk = JSON.stringify(await issuer.publicKey());
      for (const key of [
        bytesOf(pem),
        bytesOf(`${pem}\n`),
        bytesOf(pem.trim()),
        der,
        bytesOf(jwk),
      ]) {
        await expectRefused(await issuer.sign('victim', { key, header: { alg: 'HS256' } }));
      }
    }
  });

  it('or by the secret of another issuer is refused', async () => {
    await expectGood(shared);
    const key = bytesOf(SECRET);
    await expectRefused(await rsa.sign('victim', { key, header: { alg: 'HS256' } }));
  });

  it('of another issuer, whose own keys are good, is refused', async () => {
    const claims = { iss: elliptic.issuer };
    await expectRefused(await rsa.sign('victim', { claims }));
  });
});

describe('claims', () => {
  const cases: readonly (readonly [string, () => TokenChanges])[] = [
    ['an issuer nobody knows', () => ({ claims: { iss: 'https://evil.example' } })],
    ['our own name for an issuer', () => ({ claims: { iss: 'groundwork' } })],
    ['no issuer', () => ({ without: ['iss'] })],
    ['another audience', () => ({ claims: { aud: 'another-client' } })],
    ['audiences without us', () => ({ claims: { aud: ['a', 'b'] } })],
    ['no audience', () => ({ without: ['aud'] })],
    ['an end a minute ago', () => ({ claims: { exp: now() - MINUTE - 1 } })],
    ['no end', () => ({ without: ['exp'] })],
    ['a beginning in five minutes', () => ({ claims: { nbf: now() + 5 * MINUTE } })],
    ['an issue in five minutes', () => ({ claims: { iat: now() + 5 * MINUTE } })],
    ['no subject', () => ({ without: ['sub'] })],
    ['an empty subject', () => ({ claims: { sub: '' } })],
    ['a subject with a NUL', () => ({ claims: { sub: 'a\0b' } })],
    ['a subject without an end', () => ({ claims: { sub: 's'.repeat(300) } })],
  ];

  it.each(cases)('with %s are refused', async (_name, changes) => {
    await expectGood(rsa);
    await expectGood(shared);
    await expectRefused(await rsa.sign('victim', changes()));
    await expectRefused(await shared.sign('victim', changes()));
  });

  it.each(['"2999-01-01"', '1e400', 'null', '[]', '99999999999999999999'])(
    'with the end %s are refused',
    async (end) => {
      const claims = `{"iss":"https://shared.example","sub":"victim","aud":"${AUDIENCE}","exp":${end}}`;
      await expectRefused(await signText(claims));
    },
  );

  it('with an audience among others are taken', async () => {
    const token = await rsa.sign('control', { claims: { aud: ['other', AUDIENCE] } });
    expect((await answerTo(token)).status).toBe(200);
  });
});

describe('a header', () => {
  const cases: readonly (readonly [string, () => Readonly<Record<string, unknown>>])[] = [
    ['a key id that is a path', () => ({ kid: '../../../dev/null' })],
    ['a key id that is a query', () => ({ kid: "' OR 1=1--" })],
    ['a long key id', () => ({ kid: 'k'.repeat(4000) })],
    ['jku', () => ({ jku: tripwireUrl })],
    ['x5u', () => ({ x5u: tripwireUrl })],
    ['another type', () => ({ typ: 'refresh+jwt' })],
  ];

  it.each(cases)('with %s is refused, and asks nobody', async (_name, header) => {
    await expectGood(rsa);
    const { privateKey } = await generateKeyPair('RS256');
    await expectRefused(await rsa.sign('victim', { header: header() }));
    await expectRefused(await rsa.sign('victim', { header: header(), key: privateKey }));
    expect(knocks).toBe(0);
  });

  it('that brings its own key is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const jwk = { ...(await rsa.publicKey()), kid: 'mine' };
    await expectRefused(await rsa.sign('victim', { header: { jwk }, key: privateKey }));
  });

  it('that asks for an extension is refused', async () => {
    const [, payload = '', signature = ''] = (await rsa.sign('victim')).split('.');
    const header = encode({ alg: 'RS256', crit: ['x'], x: 1 });
    await expectRefused(`${header}.${payload}.${signature}`);
  });

  it('that is longer than any token ends before it is read', async () => {
    const token = await rsa.sign('victim', { header: { kid: 'k'.repeat(65_536) } });
    expect([401, 431]).toContain((await answerTo(token)).status);
  });
});

it('is refused with a single character changed, or written in another way', async () => {
  const token = await rsa.sign('control');
  await expectGood(rsa);
  const signature = token.lastIndexOf('.') + 1;
  const changed = token[signature] === 'A' ? 'B' : 'A';
  await expectRefused(`${token.slice(0, signature)}${changed}${token.slice(signature + 1)}`);
  await expectRefused(`${token}=`);
});

/** Signs claims as they are written, which no library would write. */
async function signText(claims: string): Promise<string> {
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${Buffer.from(claims).toString('base64url')}`;
  const key = await crypto.subtle.importKey(
    'raw',
    bytesOf(SECRET),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const signature = await crypto.subtle.sign('HMAC', key, bytesOf(head));
  return `${head}.${Buffer.from(signature).toString('base64url')}`;
}
