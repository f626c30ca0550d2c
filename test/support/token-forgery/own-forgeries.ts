import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createOneTimeSecrets } from '../../../src/modules/identity/one-time-tokens/one-time-secret.provider.ts';
import { asBearer, type Control, type Forgery } from './forgery.ts';
import { forgeJwt, readPayload } from './forge-jwt.ts';
import { publicKeyForms } from './public-key-forms.ts';

/** What somebody who is really signed in holds. */
export type Holdings = {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly apiKey: string;
};

export type OwnForgeryOptions = {
  readonly holdings: Holdings;
  /** The server's own, so that each forgery has one fault and no other. */
  readonly secret: string;
  /** An address that nobody may ask. */
  readonly tripwireUrl: string;
};

const HEADER = { alg: 'HS256', typ: 'at+jwt' };
const SKEW_SECONDS = 61;
const LONG_KEY_ID = 8000;
const HUGE_KEY_ID = 65_536;
const HEADERS_TOO_LARGE = 431;

/** Tokens of our own kind, each with one fault, and what shows that nothing else is wrong with them. */
export function listOwnForgeries(options: OwnForgeryOptions): readonly Forgery[] {
  return [
    ...withoutSignature(options),
    ...withPublicKeys(options),
    ...withWrongClaims(options),
    ...withOddHeaders(options),
    ...ofAnotherType(options),
  ];
}

export function listOwnControls({ holdings, secret }: OwnForgeryOptions): readonly Control[] {
  const payload = readPayload(holdings.accessToken);
  return [
    { name: 'the access token', request: asBearer(holdings.accessToken) },
    {
      name: 'one signed by hand',
      request: asBearer(forgeJwt({ header: HEADER, payload, secret })),
    },
    { name: 'the API key', request: asBearer(holdings.apiKey) },
  ];
}

function withoutSignature({ holdings }: OwnForgeryOptions): readonly Forgery[] {
  const payload = readPayload(holdings.accessToken);
  const [header = '', body = '', signature = ''] = holdings.accessToken.split('.');
  const forged = ['none', 'None', 'nOnE', 'NONE'].flatMap((alg) => {
    const token = forgeJwt({ header: { ...HEADER, alg }, payload });
    return [
      [`algorithm ${alg}`, token],
      [`algorithm ${alg}, two parts`, token.slice(0, -1)],
      [`algorithm ${alg}, with a signature`, token + signature],
    ] as const;
  });
  return named('AN-01', [
    ...forged,
    ['an empty signature', `${header}.${body}.`],
    ['two parts', `${header}.${body}`],
  ]);
}

function withPublicKeys({ holdings }: OwnForgeryOptions): readonly Forgery[] {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const payload = readPayload(holdings.accessToken);
  return named(
    'AN-02',
    publicKeyForms(publicKey.export({ format: 'jwk' })).map(([form, secret]) => [
      `signed by a public key ${form}`,
      forgeJwt({ header: HEADER, payload, secret }),
    ]),
  );
}

function withWrongClaims({ holdings, secret }: OwnForgeryOptions): readonly Forgery[] {
  const right = readPayload(holdings.accessToken);
  const now = Math.floor(Date.now() / 1000);
  const forge = (claims: object) =>
    forgeJwt({ header: HEADER, payload: { ...right, ...claims }, secret });
  const endless = JSON.stringify({ ...right, exp: 0 }).replace('"exp":0', '"exp":1e400');
  return named('AN-03', [
    ['another issuer', forge({ iss: 'https://evil.example' })],
    ['no issuer', forge({ iss: undefined })],
    ['another audience', forge({ aud: 'another-client' })],
    ['audiences without us', forge({ aud: ['a', 'b'] })],
    ['no audience', forge({ aud: undefined })],
    ['an end 61 seconds ago', forge({ exp: now - SKEW_SECONDS })],
    ['no end', forge({ exp: undefined })],
    ['an end that is text', forge({ exp: '2999-01-01' })],
    ['an end without end', forgeJwt({ header: HEADER, payload: endless, secret })],
    ['a beginning in 300 seconds', forge({ nbf: now + 300 })],
    ['no subject', forge({ sub: undefined })],
    ['another subject', forge({ sub: randomUUID() })],
    ['no session', forge({ sid: undefined })],
    ['another session', forge({ sid: randomUUID() })],
    [
      'another secret',
      forgeJwt({ header: HEADER, payload: right, secret: randomUUID().repeat(2) }),
    ],
  ]);
}

function withOddHeaders({ holdings, secret, tripwireUrl }: OwnForgeryOptions): readonly Forgery[] {
  const payload = readPayload(holdings.accessToken);
  const own = 'a secret of the forger';
  const jwk = { kty: 'oct', k: Buffer.from(own).toString('base64url') };
  const forge = (header: object, key = own) =>
    forgeJwt({ header: { ...HEADER, ...header }, payload, secret: key });
  return [
    ...named('AN-04', [
      ['a key id that is a path', forge({ kid: '../../../dev/null' }, '')],
      ['a key id that is a query', forge({ kid: "' OR 1=1--" })],
      ['a key id of 8 kB', forge({ kid: 'k'.repeat(LONG_KEY_ID) })],
      ['jku', forge({ jku: tripwireUrl })],
      ['x5u', forge({ x5u: tripwireUrl })],
      ['jwk', forge({ jwk })],
      ['a critical extension', forge({ crit: ['x'], x: 1 }, secret)],
    ]),
    {
      ...one('AN-04', 'a key id of 64 kB', forge({ kid: 'k'.repeat(HUGE_KEY_ID) })),
      orStatus: HEADERS_TOO_LARGE,
    },
  ];
}

function ofAnotherType({ holdings, secret }: OwnForgeryOptions): readonly Forgery[] {
  const payload = readPayload(holdings.accessToken);
  const forge = (header: object, claims: object = {}) =>
    forgeJwt({ header: { ...HEADER, ...header }, payload: { ...payload, ...claims }, secret });
  const { accessToken, refreshToken, apiKey } = holdings;
  const resetToken = createOneTimeSecrets({ secret }).tokenOf('password_reset', randomUUID());
  const mistyped = apiKey.slice(0, -1) + (apiKey.endsWith('x') ? 'y' : 'x');
  return [
    ...named('AN-05', [
      ['a refresh token', refreshToken],
      ['an ID token', forge({ typ: 'JWT' }, { nonce: 'n' })],
      ['a JWT without a type', forge({ typ: undefined })],
      ['a JWT for a reset', forge({ typ: 'reset+jwt' })],
      ['a mailed token', resetToken],
      ['a mistyped API key', mistyped],
    ]),
    tokenAtRefresh(accessToken),
    ...keyInPerson(apiKey),
    elsewhere('an API key as the cookie', { cookie: `access_token=${apiKey}` }),
    elsewhere('an access token as X-API-Key', { 'x-api-key': accessToken }),
    elsewhere('an API key in the query', {}, `/users/me?api_key=${apiKey}&access_token=${apiKey}`),
  ];
}

function tokenAtRefresh(accessToken: string): Forgery {
  const request = {
    method: 'POST',
    path: '/auth/refresh',
    headers: {},
    body: { refresh_token: accessToken },
  } as const;
  return { case: 'AN-05', name: 'an access token', request };
}

/** What only people may do, and no program in their name. */
function keyInPerson(apiKey: string): readonly Forgery[] {
  const headers = { authorization: `Bearer ${apiKey}` };
  const password = { current_password: 'x', new_password: 'y' };
  const name = 'an API key';
  return [
    { method: 'PUT', path: '/users/me/password', headers, body: password } as const,
    { method: 'GET', path: '/users/me/auth-sessions', headers } as const,
    { method: 'POST', path: '/api-keys', headers, body: {} } as const,
    { method: 'DELETE', path: '/users/me', headers, body: {} } as const,
  ].map((request) => ({ case: 'AN-05', name, request }));
}

function elsewhere(
  name: string,
  headers: Readonly<Record<string, string>>,
  path = '/users/me',
): Forgery {
  return { case: 'AN-05', name, request: { method: 'GET', path, headers } };
}

function named(
  of: Forgery['case'],
  tokens: readonly (readonly [string, string])[],
): readonly Forgery[] {
  return tokens.map(([name, token]) => one(of, name, token));
}

function one(of: Forgery['case'], name: string, token: string): Forgery {
  return { case: of, name, request: asBearer(token) };
}
