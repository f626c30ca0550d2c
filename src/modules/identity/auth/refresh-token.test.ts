import { expect, it } from 'vitest';
import { redactText } from '#platform/telemetry/redaction';
import { createRefreshToken, hashRefreshToken, sealChild, unsealChild } from './refresh-token.ts';

it('gives a child back to the holder of its parent only', () => {
  const parent = createRefreshToken();
  const child = createRefreshToken();
  const sealed = sealChild(child, parent);
  expect(unsealChild(sealed, parent)).toBe(child);
  expect(() => unsealChild(sealed, createRefreshToken())).toThrow('unable to authenticate data');
  // What the database has of the parent opens nothing.
  expect(() => unsealChild(sealed, hashRefreshToken(parent).toString('hex'))).toThrow(
    'unable to authenticate data',
  );
});

it('notices a sealed child that was changed', () => {
  const parent = createRefreshToken();
  const sealed = sealChild(createRefreshToken(), parent);
  sealed.writeUInt8(sealed.readUInt8(20) ^ 1, 20);
  expect(() => unsealChild(sealed, parent)).toThrow('unable to authenticate data');
});

it('is blanked out of log lines', () => {
  const token = createRefreshToken();
  expect(redactText(`failed with ${token}`)).not.toContain(token);
});
