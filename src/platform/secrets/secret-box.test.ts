import { expect, it } from 'vitest';
import { newId, type TeamId } from '#shared/ids';
import { createSecretBox, type SecretPlace } from './secret-box.ts';

const SECRET = 'sk-canary-of-the-secret-box-4471';
const OLD = 'an-old-key-of-more-than-32-characters-1';
const NEW = 'a-new-key-of-more-than-32-characters-22';
const PLACE: SecretPlace = { table: 'provider_keys', teamId: newId<TeamId>(), rowId: newId() };

const noKey = { kind: 'unavailable', options: { reason: 'secrets.no_key' } };
const damaged = { kind: 'unavailable', options: { reason: 'secrets.damaged' } };

it('gives back what it sealed, and never seals twice alike', () => {
  const box = createSecretBox([OLD]);
  const sealed = [box.seal(SECRET, PLACE), box.seal(SECRET, PLACE)];
  expect(new Set(sealed).size).toBe(2);
  for (const envelope of sealed) {
    expect(envelope).toMatch(/^v1\.[\w-]{8}\.[\w-]+$/);
    expect(Buffer.from(envelope, 'base64url').toString()).not.toContain(SECRET);
    expect(box.open(envelope, PLACE)).toBe(SECRET);
  }
});

it.each(['', 'ключ-🔑', 'x'.repeat(10_000)])('keeps any text whole, such as %.9s', (secret) => {
  const box = createSecretBox([OLD]);
  expect(box.open(box.seal(secret, PLACE), PLACE)).toBe(secret);
});

it('refuses an envelope of which one character was changed, wherever it stands', () => {
  const box = createSecretBox([OLD]);
  const envelope = box.seal(SECRET, PLACE);
  for (let index = 0; index < envelope.length; index += 1) {
    // Of the last character some bits are beyond the text.
    const changed = envelope[index] === 'A' ? 'g' : 'A';
    const forged = envelope.slice(0, index) + changed + envelope.slice(index + 1);
    expect(() => box.open(forged, PLACE)).toThrow('ENCRYPTION_KEY');
  }
});

it.each([
  ['another table', { ...PLACE, table: 'webhook_endpoints' }],
  ['another team', { ...PLACE, teamId: newId<TeamId>() }],
  ['another row', { ...PLACE, rowId: newId() }],
])('does not open in %s', (_what, place) => {
  const box = createSecretBox([OLD]);
  const envelope = box.seal(SECRET, PLACE);
  expect(() => box.open(envelope, place)).toThrow(expect.objectContaining(damaged));
});

it.each(['', 'v1', 'v1.', 'v2.AAAAAAAA.AAAA', SECRET])('does not open %j', (envelope) => {
  const box = createSecretBox([OLD]);
  expect(() => box.open(envelope, PLACE)).toThrow(expect.objectContaining(noKey));
});

it('does not open what is cut short', () => {
  const box = createSecretBox([OLD]);
  for (const length of [0, 1, 11, 12, 27, 28, 29]) {
    const body = Buffer.alloc(length).toString('base64url') || 'A';
    const forged = `${box.prefixes[0]}${body}`;
    expect(() => box.open(forged, PLACE)).toThrow(expect.objectContaining(damaged));
  }
});

it('opens by every key of the list, and seals by the first', () => {
  const before = createSecretBox([OLD]);
  const during = createSecretBox([NEW, OLD]);
  const after = createSecretBox([NEW]);
  const old = before.seal(SECRET, PLACE);
  expect(during.open(old, PLACE)).toBe(SECRET);
  const renewed = during.seal(SECRET, PLACE);
  expect(after.open(renewed, PLACE)).toBe(SECRET);
  expect(renewed.startsWith(after.prefixes[0])).toBe(true);
  expect(during.prefixes).toEqual([...after.prefixes, ...before.prefixes]);
});

it('says which setting lacks the key, and nothing of any key or secret', () => {
  const sealed = createSecretBox([OLD]).seal(SECRET, PLACE);
  const failure = failureOf(() => createSecretBox([NEW]).open(sealed, PLACE));
  expect(failure).toMatchObject(noKey);
  const told = `${String(failure)} ${JSON.stringify(failure)}`;
  expect(told).toContain('ENCRYPTION_KEY');
  for (const secret of [SECRET, OLD, NEW, sealed]) expect(told).not.toContain(secret);
});

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
