import type { JsonWebKey } from 'node:crypto';
import type { TestIssuer, TokenChanges } from '#test/issuer';
import { asBearer, type Forgery } from './forgery.ts';
import { forgeJwt } from './forge-jwt.ts';
import { publicKeyForms } from './public-key-forms.ts';

/** An issuer that the server trusts, as anybody can see it from outside. */
export type TrustedIssuer = {
  readonly issuer: string;
  readonly audience: string;
  readonly publicKey: JsonWebKey;
};

const MINUTES_5 = 300;
const SKEW_SECONDS = 61;

/** Tokens that claim to be of a trusted issuer, by somebody who has no more than its public key. */
export function listExternalForgeries({
  issuer,
  audience,
  publicKey,
}: TrustedIssuer): readonly Forgery[] {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, aud: audience, sub: 'victim', iat: now, exp: now + MINUTES_5 };
  const of = (name: string) => `external: ${name}`;
  return [
    ...['none', 'None', 'nOnE'].map((alg): Forgery => {
      const request = asBearer(forgeJwt({ header: { alg, typ: 'JWT' }, payload }));
      return { case: 'AN-01', name: of(`algorithm ${alg}`), request };
    }),
    ...publicKeyForms(publicKey).map(([form, secret]): Forgery => {
      const header = { alg: 'HS256', typ: 'JWT', kid: publicKey['kid'] };
      const request = asBearer(forgeJwt({ header, payload, secret }));
      return { case: 'AN-02', name: of(`signed by its public key ${form}`), request };
    }),
  ];
}

/** Tokens that the issuer really signed, and that are still none for us. */
export async function listMisusedTokens(
  issuer: Pick<TestIssuer, 'sign'>,
): Promise<readonly Forgery[]> {
  const now = Math.floor(Date.now() / 1000);
  const misused: readonly (readonly [string, TokenChanges])[] = [
    ['for another client', { claims: { aud: 'another-client' } }],
    ['for other clients', { claims: { aud: ['a', 'b'] } }],
    ['for nobody in particular', { without: ['aud'] }],
    ['that ended 61 seconds ago', { claims: { exp: now - SKEW_SECONDS } }],
    ['that never ends', { without: ['exp'] }],
    ['that begins in 300 seconds', { claims: { nbf: now + MINUTES_5 } }],
    ['in the name of ours', { claims: { iss: 'groundwork' } }],
    ['about nobody', { without: ['sub'] }],
  ];
  return Promise.all(
    misused.map(async ([fault, changes]): Promise<Forgery> => {
      const request = asBearer(await issuer.sign('victim', changes));
      return { case: 'AN-03', name: `external: a token ${fault}`, request };
    }),
  );
}
