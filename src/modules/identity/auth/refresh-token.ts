import {
  createCipheriv,
  createDecipheriv,
  hash,
  hkdfSync,
  randomBytes,
  type BinaryLike,
} from 'node:crypto';

const TOKEN_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEAL_PURPOSE = 'groundwork refresh token child';

/** A new opaque token; the prefix lets secret scanners and log redaction know it. */
export function createRefreshToken(): string {
  return `gw_refresh_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

/** What is stored of a token. A plain hash will do, because the token is random. */
export function hashRefreshToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Encrypts the child under a key that only the holder of the parent can make, not the database. */
export function sealChild(child: string, parent: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, sealKey(parent), nonce);
  return Buffer.concat([nonce, cipher.update(child, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

export function unsealChild(sealed: Uint8Array, parent: string): string {
  const decipher = createDecipheriv(CIPHER, sealKey(parent), sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const content = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([content, decipher.final()]).toString('utf8');
}

function sealKey(parent: string): Buffer {
  const noSalt: BinaryLike = '';
  return Buffer.from(hkdfSync('sha256', parent, noSalt, SEAL_PURPOSE, KEY_BYTES));
}
