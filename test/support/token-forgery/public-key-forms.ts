import { createPublicKey, type JsonWebKey } from 'node:crypto';

/** The forms of a public key that a server may have at hand, and could take for a shared secret. */
export function publicKeyForms(jwk: JsonWebKey): readonly (readonly [string, string | Buffer])[] {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const pem = key.export({ type: 'spki', format: 'pem' }).toString();
  return [
    ['as PEM', pem],
    ['as PEM without its last newline', pem.trimEnd()],
    ['as DER', key.export({ type: 'spki', format: 'der' })],
    ['as the text of the JWK', JSON.stringify(jwk)],
  ];
}
