import { describe, expect, it } from 'vitest';
import { nameSession } from './name-session.ts';

describe("a session's name", () => {
  it('is a short first message on one line', () => {
    expect(nameSession('  How long\n does it   last? ')).toBe('How long does it last?');
  });

  it('is cut between two words where the message is long', () => {
    const name = nameSession('word '.repeat(50));
    expect(name).toMatch(/^(word )+word…$/);
    expect(name.length).toBeLessThanOrEqual(80);
  });

  it('is cut anywhere where there are no words, but never inside a character', () => {
    expect(nameSession('x'.repeat(200))).toHaveLength(80);
    expect(nameSession(`x${'😀'.repeat(100)}`).isWellFormed()).toBe(true);
  });
});
