import { describe, expect, it } from 'vitest';
import { newId } from '#shared/ids';
import { createOneTimeSecrets } from './one-time-secret.provider.ts';

const SECRET = 'a secret of the tests that is long enough';
const { tokenOf, hashOf } = createOneTimeSecrets({ secret: SECRET });

describe('a one-time token', () => {
  it('is the same each time it is made for a row, in this process and the next', () => {
    const id = newId();
    const token = tokenOf('password_reset', id);
    expect(token).toMatch(/^[\w-]{64}$/);
    expect(createOneTimeSecrets({ secret: SECRET }).tokenOf('password_reset', id)).toBe(token);
    expect(hashOf(token)).toEqual(hashOf(tokenOf('password_reset', id.toUpperCase())));
  });

  it('is another for another row, purpose or key', () => {
    const id = newId();
    const other = createOneTimeSecrets({ secret: `${SECRET}!` });
    const tokens = [
      tokenOf('password_reset', id),
      tokenOf('password_reset', newId()),
      tokenOf('email_verification', id),
      tokenOf('invitation', id),
      other.tokenOf('password_reset', id),
    ];
    expect(new Set(tokens.map((token) => hashOf(token).toString('hex'))).size).toBe(tokens.length);
  });
});
