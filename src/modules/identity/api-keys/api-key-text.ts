import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What every key begins with, so that secret scanners and the log's redaction know one. */
const MARK = 'gw_live_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 214 bits. */
const SECRET_LENGTH = 36;
/** As many digits of the alphabet as the largest checksum has. */
const CHECKSUM_LENGTH = 6;
const SHOWN_SECRET_LENGTH = 6;
const PATTERN = new RegExp(`^${MARK}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** A new key: the mark, the secret, and a checksum by which a mistyped one is refused without a query. */
export function createApiKeyText(): string {
  const secret = Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  const body = MARK + secret.join('');
  return body + checksumOf(body);
}

/** Whether a token can be nothing but a key, good or not. */
export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(MARK);
}

export function isWellFormed(token: string): boolean {
  if (!PATTERN.test(token)) return false;
  const body = token.slice(0, -CHECKSUM_LENGTH);
  return token.endsWith(checksumOf(body));
}

/** What is stored of a key. A plain hash will do, because the key is random. */
export function hashApiKey(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** The beginning of a key, by which people know it again. */
export function prefixOf(token: string): string {
  return token.slice(0, MARK.length + SHOWN_SECRET_LENGTH);
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = `${ALPHABET[rest % ALPHABET.length]}${digits}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
