import { hash, createHmac, hkdfSync } from 'node:crypto';
import { parse } from 'uuid';

export type OneTimePurpose =
  | 'email_verification'
  | 'password_reset'
  | 'email_change'
  | 'registration'
  | 'invitation';

/**
 * Tokens that are mailed and work once. A token is made from its row's id and our key, so that a job that
 * mails it carries the id alone and makes it anew; the row keeps the hash, by which it is found.
 */
export interface OneTimeSecrets {
  tokenOf(purpose: OneTimePurpose, rowId: string): string;
  hashOf(token: string): Buffer;
}

const KEY_PURPOSE = 'groundwork one-time tokens';
const KEY_BYTES = 32;
const NO_SALT = '';

export function createOneTimeSecrets({ secret }: { readonly secret: string }): OneTimeSecrets {
  const key = Buffer.from(hkdfSync('sha256', secret, NO_SALT, KEY_PURPOSE, KEY_BYTES));
  return {
    tokenOf(purpose, rowId) {
      const id = parse(rowId);
      const proof = createHmac('sha256', key).update(`${purpose}\0`).update(id).digest();
      return Buffer.concat([id, proof]).toString('base64url');
    },
    hashOf: (token) => hash('sha256', token, 'buffer'),
  };
}
