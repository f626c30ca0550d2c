import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '#platform/errors/app-error';
import type { TeamId } from '#shared/ids';

/** Where a secret is kept: sealed for one place, it opens at no other. */
export type SecretPlace = {
  readonly table: string;
  readonly teamId: TeamId;
  readonly rowId: string;
};

/** Keeps secrets that the service itself has to read again. */
export interface SecretBox {
  seal(secret: string, place: SecretPlace): string;
  /** @throws SERVICE_UNAVAILABLE where no key opens it, or it was changed or moved */
  open(envelope: string, place: SecretPlace): string;
  /** What an envelope of each key begins with; first that of the key that seals. */
  readonly prefixes: readonly [string, ...string[]];
}

type SealingKey = { readonly id: string; readonly prefix: string; readonly key: Buffer };

const VERSION = 'v1';
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const KEY_ID_BYTES = 6;
/** The length that GCM is defined for. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ENVELOPE = /^v1\.([\w-]{8})\.([\w-]+)$/;

/** Each of `passphrases` opens, the first one seals; they are the values of ENCRYPTION_KEY. */
export function createSecretBox(passphrases: readonly string[]): SecretBox {
  const [first, ...others] = passphrases.map(deriveKey);
  if (!first) throw new Error('A secret box needs a key');
  const byId = new Map([first, ...others].map((key) => [key.id, key]));

  return {
    prefixes: [first.prefix, ...others.map(({ prefix }) => prefix)],

    seal(secret, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, first.key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(describePlace(first, place));
      const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final()]);
      const body = Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url');
      return `${first.prefix}${body}`;
    },

    open(envelope, place) {
      const [, id = '', body = ''] = ENVELOPE.exec(envelope) ?? [];
      const key = byId.get(id);
      if (!key) throw unopened('secrets.no_key');
      try {
        return decrypt(key, Buffer.from(body, 'base64url'), place);
      } catch {
        throw unopened('secrets.damaged');
      }
    },
  };
}

function decrypt(sealingKey: SealingKey, body: Buffer, place: SecretPlace): string {
  const nonce = body.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, sealingKey.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(describePlace(sealingKey, place));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const sealed = body.subarray(NONCE_BYTES, -TAG_BYTES);
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
}

/** The id is derived as well, so that it tells keys apart and nothing of them. */
function deriveKey(passphrase: string): SealingKey {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', passphrase, '', `groundwork secrets ${purpose}`, bytes));
  const id = derive('key id', KEY_ID_BYTES).toString('base64url');
  return { id, prefix: `${VERSION}.${id}.`, key: derive(ALGORITHM, KEY_BYTES) };
}

function describePlace({ prefix }: SealingKey, { table, teamId, rowId }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([prefix, table, teamId, rowId]));
}

function unopened(reason: 'secrets.no_key' | 'secrets.damaged'): AppError {
  return new AppError('unavailable', 'ENCRYPTION_KEY has no key that opens a stored secret', {
    reason,
  });
}
