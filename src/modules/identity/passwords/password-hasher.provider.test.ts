import { hash as argon2Hash, parseOptions } from '@node-rs/argon2';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { describe, expect, it } from 'vitest';
import { isAppError } from '#platform/errors/app-error';
import { ARGON2_COST } from './argon2-cost.ts';
import { createPasswordHasher } from './password-hasher.provider.ts';
import { DUMMY_HASH } from './passwords.service.ts';

const hasher = createPasswordHasher({ maxConcurrent: 1, maxWaiting: 10 });

describe('argon2id', () => {
  it('hashes at the cost that is asked for, and differently each time', async () => {
    const [first, second] = await Promise.all([hasher.hash('secret'), hasher.hash('secret')]);
    expect(first).not.toBe(second);
    expect(first).toMatch(/^\$argon2id\$/);
    expect(parseOptions(first)).toMatchObject(ARGON2_COST);
  });

  it('verifies the right password only', async () => {
    const encoded = await hasher.hash('secret');
    await expect(hasher.verify('secret', encoded)).resolves.toBe(true);
    await expect(hasher.verify('Secret', encoded)).resolves.toBe(false);
  });

  it('tells apart passwords that agree in their first 72 bytes', async () => {
    const start = 'x'.repeat(72);
    const encoded = await hasher.hash(`${start}1`);
    await expect(hasher.verify(`${start}2`, encoded)).resolves.toBe(false);
  });

  it('takes composed and decomposed letters for the same', async () => {
    const encoded = await hasher.hash('caf\u00e9');
    await expect(hasher.verify('cafe\u0301', encoded)).resolves.toBe(true);
  });

  it('keeps a leading blank', async () => {
    const encoded = await hasher.hash(' secret');
    await expect(hasher.verify('secret', encoded)).resolves.toBe(false);
  });

  it('has a dummy of the same cost, so that an unknown account takes as long', () => {
    expect(parseOptions(DUMMY_HASH)).toMatchObject(ARGON2_COST);
  });
});

describe('imported hashes', () => {
  it.each(['2a', '2b', '2y'] as const)(
    'verifies bcrypt $%s$ and calls it outdated',
    async (version) => {
      const encoded = await bcryptHash('imported', { cost: 4, version });
      expect(encoded.startsWith(`$${version}$`)).toBe(true);
      await expect(hasher.verify('imported', encoded)).resolves.toBe(true);
      await expect(hasher.verify('wrong', encoded)).resolves.toBe(false);
      expect(hasher.isOutdated(encoded)).toBe(true);
    },
  );

  it.each([
    ['2b', 'Imported pässword 1!', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.SwVyGB5WFRFm7DsECYyDPytXnis7Yk.'],
    ['2y', 'x'.repeat(80), '$2y$05$CCCCCCCCCCCCCCCCCCCCC.D7RDOYXakZhsFmh/LdqQNx0kQ424AFS'],
    ['2a', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ])('verifies a $%s$ hash that libxcrypt made', async (_version, password, encoded) => {
    await expect(hasher.verify(password, encoded)).resolves.toBe(true);
    await expect(hasher.verify(`!${password}`, encoded)).resolves.toBe(false);
  });

  it('calls a weaker argon2 hash outdated and its own not', async () => {
    const weak = await argon2Hash('secret', { ...ARGON2_COST, memoryCost: 8192 });
    expect(hasher.isOutdated(weak)).toBe(true);
    expect(hasher.isOutdated(await hasher.hash('secret'))).toBe(false);
  });
});

it('refuses what would wait behind a full queue, and works again afterwards', async () => {
  const gated = createPasswordHasher({ maxConcurrent: 1, maxWaiting: 2 });
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => gated.hash('secret')));
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const result of refused) {
    expect(result.status === 'rejected' && isAppError(result.reason, 'unavailable')).toBe(true);
  }
  await expect(gated.hash('secret')).resolves.toMatch(/^\$argon2id\$/);
});
