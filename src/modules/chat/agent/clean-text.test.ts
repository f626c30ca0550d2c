import { describe, expect, it } from 'vitest';
import { createTextCleaner } from './clean-text.ts';

function cleanAll(pieces: readonly string[]): string {
  const cleaner = createTextCleaner();
  return pieces.map((piece) => cleaner.push(piece)).join('') + cleaner.flush();
}

describe('cleaned text', () => {
  it('is unchanged where it is storable', () => {
    expect(cleanAll(['Grüße ', '😀', ' \u2028\n'])).toBe('Grüße 😀 \u2028\n');
  });

  it('has characters whole that were cut between pieces', () => {
    expect(cleanAll(['a\ud83d', '\ude00b'])).toBe('a😀b');
    expect(cleanAll(['a\ud83d', '', '\ude00'])).toBe('a😀');
  });

  it('never holds half a character or a NUL', () => {
    expect(cleanAll(['\ude00a\u0000b\ud83d', 'c', '\ud83d'])).toBe('\ufffdab\ufffdc\ufffd');
  });
});
