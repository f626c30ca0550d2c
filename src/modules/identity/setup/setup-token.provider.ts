import { hash, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Shows that whoever sets the service up also runs it. */
export interface SetupToken {
  readonly value: string;
  matches(given: string): boolean;
}

const KEY_PURPOSE = 'groundwork first administrator';
const TOKEN_BYTES = 24;
const NO_SALT = '';

/** The token of the settings, or one made from our key, so that all replicas have the same. */
export function createSetupToken({
  configured,
  secret,
}: {
  readonly configured: string | undefined;
  readonly secret: string;
}): SetupToken {
  const value = configured ?? deriveToken(secret);
  const expected = digest(value);
  return { value, matches: (given) => timingSafeEqual(digest(given), expected) };
}

function deriveToken(secret: string): string {
  const bytes = hkdfSync('sha256', secret, NO_SALT, KEY_PURPOSE, TOKEN_BYTES);
  return Buffer.from(bytes).toString('base64url');
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
